"""Whether edits are told to MLflow, switched in the process that writes them."""

UID = "annotate.tracking.on_operations"


def tell(is_told: bool) -> None:
    """Django is set up."""
    from annotate import signals
    from annotate.tracking import handlers

    signals.operations_committed.disconnect(dispatch_uid=UID)
    if is_told:
        signals.operations_committed.connect(handlers.on_operations, dispatch_uid=UID)

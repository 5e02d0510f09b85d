"""What can go wrong with a model, as one error with a text that can be translated. Knows no Django."""


def gettext_noop(text: str) -> str:
    """Marks a text for the translators; whoever shows it translates ``template`` and fills in ``values``."""
    return text


class ModelError(Exception):
    """``template`` is a text with %(name)s places, ``values`` fill them; ``str()`` is the English sentence."""

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(template % self.values)


class BadRequest(ModelError):
    """What was asked makes no sense for this detector. Nothing was computed."""


class UnusableModel(ModelError):
    """The file is not a model that may be used here. Nothing of it was run."""


class NotInstalled(ModelError):
    """A package is missing that only some installations have."""


class CannotFetch(ModelError):
    """No source had the weights. Nothing was stored."""

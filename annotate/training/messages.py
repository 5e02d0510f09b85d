"""Why a stage refuses, as texts that can be translated. The code is what programs compare."""

from ..ai.problems import gettext_noop

MESSAGES = {
    "bad_parameters": gettext_noop(
        "The parameters cannot be used: %(reason)s. Correct them and start the training again."
    ),
    "no_version": gettext_noop(
        "There is no dataset version %(version)s in %(repository)s. Nothing was trained; check both."
    ),
    "data_missing": gettext_noop(
        "The dataset version is not complete: %(name)s is missing (%(md5)s). Nothing was trained. Fetch the data "
        "again: “dvc pull” in the data repository, or a repair of the dataset versions."
    ),
    "data_damaged": gettext_noop(
        "The dataset version is damaged: %(name)s is not what was stored. Nothing was trained. Restore the file from a "
        "backup or a remote and start the training again."
    ),
    "too_few_frames": gettext_noop(
        "There are too few images to train on: %(count)s, and %(needed)s are needed. Complete more images, make a new "
        "dataset version, and start again."
    ),
    "no_held_out": gettext_noop(
        "No image of the dataset version is held out, so nothing could tell whether the new model is better. Complete "
        "more images, make a new dataset version, and start again."
    ),
    "no_boxes": gettext_noop(
        "The images to train on have no boxes. Draw some, make a new dataset version, and start again."
    ),
    "no_classes": gettext_noop(
        "The dataset version has no labels. Add some, make a new dataset version, and start again."
    ),
    "base_unusable": gettext_noop(
        "The training cannot start from these weights: %(reason)s Nothing was trained."
    ),
    "base_unknown": gettext_noop(
        "Weights of the kind .pt are programs, and nobody said which hash this file should have: %(name)s. Name it by "
        "its sha256, or give train.base_sha256."
    ),
    "champion_unusable": gettext_noop(
        "The model that serves now cannot be compared with the new one: %(reason)s The new one was not promoted."
    ),
    "challenger_unusable": gettext_noop("The new model cannot be used: %(reason)s The old one goes on."),
    "not_installed": gettext_noop("Training needs the extra “ml” (make install-ml)."),
    "loss_not_finite": gettext_noop(
        "The training went astray: the loss became infinite or undefined in epoch %(epoch)s. The old model goes on. "
        "Start again from other weights, or look for damaged images."
    ),
    "out_of_memory": gettext_noop(
        "The training needed more memory than it may use (%(limit)s). Choose a smaller batch or image "
        "size, or allow more."
    ),
    "out_of_time": gettext_noop(
        "The training took longer than the %(limit)s seconds it may, before a model was ready. Allow more time: it "
        "goes on where it stopped."
    ),
    "disk_full": gettext_noop(
        "The disk is full. Free some space; the training then goes on where it stopped."
    ),
}

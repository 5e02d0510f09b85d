"""Why a file was refused: a code that programs can rely on, and a text for the person."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "empty": _("The file is empty."),
    "not_an_image": _("This is not an image that can be read. Send JPEG, PNG, WebP, BMP, TIFF or GIF."),
    "kind_not_accepted": _(
        "%(kind)s files are not accepted. Convert the file to JPEG or PNG, then send it again."
    ),
    "truncated": _("The image is cut off: part of the file is missing. Send it again from the original."),
    "damaged": _("The image is damaged and cannot be decoded. Send it again from the original."),
    "too_many_pixels": _("The image has %(pixels)s pixels; the limit is %(limit)s. Scale it down or cut it."),
    "side_too_long": _("One side of the image has %(side)s pixels; the limit is %(limit)s."),
    "too_many_scans": _("The JPEG is built from too many passes. Save it again with a usual program."),
    "file_too_large": _("The file has %(bytes)s bytes; the limit for one image is %(limit)s."),
    "nested_archive": _("An archive inside the archive is not opened. Send it on its own."),
    "not_media": _("Not an image: it was left out."),
    "entry_damaged": _("This file of the archive is damaged and was left out."),
    "archive_kind": _("%(kind)s archives are not opened. Send the images in a zip archive, or as they are."),
    "archive_unreadable": _("This is not a zip archive that can be read. Nothing was added."),
    "archive_too_many": _("The archive lists too many files; the limit is %(limit)s. Nothing was added."),
    "archive_too_large": _("Unpacked, the archive has more than %(limit)s bytes. Nothing was added."),
    "archive_ratio": _("The archive unpacks to far more than its own size and was refused."),
    "archive_path": _("The archive holds a file that would land outside of it. Nothing was added."),
    "archive_special": _("The archive holds a link or a device instead of a file. Nothing was added."),
    "archive_encrypted": _("The archive is protected by a password. Send it without one. Nothing was added."),
    "archive_repository": _(
        "The archive holds files of a repository (%(name)s). Send the data alone. Nothing was changed."
    ),
    "archive_twice": _("The archive holds %(name)s twice. Pack it again. Nothing was changed."),
    "format_unknown": _(
        "No known format was found in the file. Choose the format, or see which files each format needs."
    ),
    "not_a_video": _("This is not a video that can be read. Send MP4, MOV, AVI, MKV or WebM."),
    "video_damaged": _("The video cannot be decoded from the start. Save it again with a usual program."),
    "video_too_long": _(
        "The video would give %(count)s images; the limit is %(limit)s. Choose fewer per second."
    ),
    "video_limits": _("Decoding the video took too much time or memory and was stopped."),
    "upload_gone": _("The uploaded file is no longer there. Send it again."),
    "disk_full": _("The server has no room left. Nothing was stored; tell an administrator."),
    "link_outside": _("A link that leads out of the folder is not followed."),
    "not_a_file": _("This is a device or a pipe, not a file."),
    "unreadable_file": _("The file cannot be opened. Check who may read it."),
    "too_many_files": _(
        "More than %(limit)s files at once. Send them in several parts, or as a zip archive."
    ),
    "too_many_waiting": _(
        "You have %(limit)s archives and videos waiting. Nothing of this one was stored; "
        "send it again when some are done."
    ),
    "no_file": _("No file came with the request. Nothing was changed."),
    "bad_rate": _("Give a rate between %(low)s and %(high)s images per second."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """``code`` is a key of MESSAGES; ``values`` fill its text. Nothing was stored."""

    code: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The text in the language that is active now."""
        return str(MESSAGES[self.code]) % self.values


class Refused(Exception):
    """Raised where a file is refused; ``refusal`` says why."""

    def __init__(self, code: str, **values: object) -> None:
        self.refusal = Refusal(code, {name: str(value) for name, value in values.items()})
        super().__init__(code)

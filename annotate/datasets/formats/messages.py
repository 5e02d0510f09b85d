"""The texts of what can be wrong in a file and of what gets lost, by their codes. Knows no Django.

Whoever shows one translates it and fills in the values: ``gettext(ERRORS[error.code]) % error.values``.
"""


def gettext_noop(text: str) -> str:
    """Marks a text for the translators."""
    return text


ERRORS = {
    # One row, one box or one frame.
    "bad_box": gettext_noop("This box has no complete set of coordinates."),
    "bad_choice": gettext_noop("“%(value)s” is none of the values that %(field)s may have."),
    "bad_columns": gettext_noop("This row has %(found)s values; it needs %(wanted)s."),
    "bad_confidence": gettext_noop("The confidence %(value)s is not between 0 and 1."),
    "bad_id": gettext_noop("“%(value)s” is not a UUID."),
    "bad_integer": gettext_noop("“%(value)s” is not a whole number that can be used here."),
    "bad_json_value": gettext_noop("This is not the JSON object that belongs here."),
    "bad_line": gettext_noop("This line is not of the lossless format: %(reason)s"),
    "bad_name": gettext_noop("The name “%(name)s” has control characters or cannot be read."),
    "bad_number": gettext_noop("“%(value)s” is not a number with a decimal point."),
    "bad_size": gettext_noop("%(width)s × %(height)s pixels is no size of an image."),
    "bad_task": gettext_noop("This is not a task of Label Studio."),
    "bad_text": gettext_noop("The text “%(value)s” is too long, or has characters that cannot be stored."),
    "box_outside": gettext_noop(
        "The box (%(x1)s, %(y1)s, %(x2)s, %(y2)s) lies more than 1 pixel outside of the image of"
        " %(width)s × %(height)s pixels."
    ),
    "box_too_small": gettext_noop(
        "The box is %(width)s × %(height)s pixels inside the image; it needs at least 1 × 1."
    ),
    "duplicate_frame": gettext_noop("The image “%(name)s” was there before."),
    "duplicate_id": gettext_noop("The id %(value)s was there before."),
    "duplicate_label": gettext_noop("The label “%(label)s” is there twice."),
    "json_too_deep": gettext_noop("The JSON is nested too deeply; the limit is %(limit)s levels."),
    "labels_of_box": gettext_noop("This box has %(count)s labels; it needs exactly one."),
    "long_name": gettext_noop("The name “%(name)s” is too long; the limit is %(limit)s characters."),
    "no_label": gettext_noop("This box has no label."),
    "no_name": gettext_noop("This image has no name."),
    "path_outside": gettext_noop("“%(name)s” leads out of the folder and is refused."),
    "rotation": gettext_noop("Rotated boxes and images cannot be taken. Set the rotation to 0."),
    "size_unknown": gettext_noop(
        "How large the image “%(name)s” is cannot be found out. Send the images along, or add them first."
    ),
    "track_order": gettext_noop(
        "This box comes too late in its track: more than %(limit)s later ones are before it."
    ),
    "unknown_class": gettext_noop("There is no class number %(number)s; there are %(count)s classes."),
    "unknown_frame": gettext_noop("There is no image number %(frame)s; there are %(count)s images."),
    "unknown_image": gettext_noop("This box belongs to an image that is not in the file."),
    "unknown_label": gettext_noop("The label “%(label)s” is not among those of the file."),
    # The file as a whole.
    "bad_csv": gettext_noop("From here on the file is not CSV that can be read."),
    "bad_json": gettext_noop("From here on the file is not JSON that can be read."),
    "bad_seqinfo": gettext_noop("This seqinfo.ini cannot be read."),
    "bad_xml": gettext_noop("From here on the file is not XML that can be read."),
    "bad_yaml": gettext_noop("The file is not a YAML that can be read."),
    "classes_not_contiguous": gettext_noop("The numbers of the classes must go from 0 without a gap."),
    "missing_columns": gettext_noop("The first line must name each column once; missing: %(columns)s."),
    "missing_file": gettext_noop("The file %(name)s is missing."),
    "no_classes": gettext_noop("The names of the classes are missing."),
    "not_text": gettext_noop("The file is not text in UTF-8."),
    "nothing_found": gettext_noop("Nothing of this format is there; looked for: %(wanted)s."),
    "too_large": gettext_noop("A line or an element is larger than %(limit)s bytes."),
    "too_many_boxes": gettext_noop("The file means more than %(limit)s boxes."),
    "too_many_errors": gettext_noop("Reading stopped after %(limit)s errors."),
    "too_many_files": gettext_noop("The folder has more than %(limit)s files, or folders nested too deeply."),
    "too_many_frames": gettext_noop("The file means more than %(limit)s images."),
    "too_many_labels": gettext_noop("The file has more than %(limit)s labels."),
    "version_unknown": gettext_noop(
        "The file has version %(version)s of the format; this program reads up to version %(known)s."
    ),
    "wrong_root": gettext_noop("The file starts with <%(found)s> instead of <%(wanted)s>."),
    "xml_dtd": gettext_noop("XML with a document type (DTD) is refused."),
    "xml_too_deep": gettext_noop("The XML is nested too deeply; the limit is %(limit)s levels."),
    "yaml_refused": gettext_noop("YAML with anchors, tags or deep nesting is refused."),
}

LOSSES = {
    # What a frame or a box has and a format cannot hold, in an export.
    "attribute_type": gettext_noop("attributes that become text"),
    "box_attributes": gettext_noop("attributes of boxes"),
    "box_author": gettext_noop("authors of boxes"),
    "box_confidence": gettext_noop("confidences"),
    "box_extra": gettext_noop("other details of boxes"),
    "box_feedback": gettext_noop("verdicts on boxes"),
    "box_id": gettext_noop("ids of boxes"),
    "box_model": gettext_noop("which model proposed a box"),
    "box_revision": gettext_noop("revisions at which boxes were made"),
    "box_source": gettext_noop("that a box came from a model"),
    "box_status": gettext_noop("that a box is proposed or rejected"),
    "box_track": gettext_noop("tracks of boxes"),
    "box_verdict": gettext_noop("what became of the proposal behind a box, and who decided"),
    "box_z": gettext_noop("stacking order of boxes"),
    "frame_blind": gettext_noop("that an image is in the blind sample"),
    "frame_extra": gettext_noop("other details of images"),
    "frame_index": gettext_noop("places of images in their sources"),
    "frame_md5": gettext_noop("checksums of images"),
    "frame_name": gettext_noop("names of images"),
    "frame_origin": gettext_noop("originals of images, and what kind of source they came from"),
    "frame_revision": gettext_noop("revisions of images"),
    "frame_source": gettext_noop("sources of images"),
    "frame_split": gettext_noop("splits of images"),
    "frame_status": gettext_noop("statuses of images"),
    "label_color": gettext_noop("colours of labels"),
    "label_key": gettext_noop("keys of labels"),
    "rounded": gettext_noop("edges rounded to whole pixels"),
    "set_extra": gettext_noop("details of the set"),
    "set_name": gettext_noop("name of the set"),
    "track_name": gettext_noop("names of tracks, which become numbers"),
    # What a file says and a frame cannot hold, in an import.
    "crowd": gettext_noop("crowds, left out"),
    "human_proposal": gettext_noop(
        "that a person proposed or rejected a box, which comes in as one of a model"
    ),
    "ignored": gettext_noop("boxes that the file says to ignore, left out"),
    "keypoints": gettext_noop("keypoints"),
    "other_annotations": gettext_noop("annotations of the same task by others, left out"),
    "other_predictions": gettext_noop("older predictions of the same task, left out"),
    "parts": gettext_noop("parts of objects"),
    "polygon": gettext_noop("polygons, of which the surrounding box is kept"),
    "segmentation": gettext_noop("outlines, of which the box is kept"),
    "shape": gettext_noop("shapes that are not boxes, left out"),
}

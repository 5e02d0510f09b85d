"""Every address of the product, by name."""

from django.urls import include, path, re_path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from .views import (
    accepting,
    account,
    agreement,
    boxes,
    comments,
    dashboard,
    data,
    detections,
    editor,
    frame_status,
    health,
    history,
    job_table,
    jobs,
    labels,
    media,
    members,
    mlflow_proxy,
    model_settings,
    person,
    preferences,
    projects,
    queue,
    reviews,
    tokens,
    tracked,
    training,
    uploads,
    versions,
    webhooks,
    work,
)

# Pages name their language in the address, so that a kept copy is never in another one.
texts_for_scripts = cache_control(private=True, max_age=600)(JavaScriptCatalog.as_view(packages=["annotate"]))

urlpatterns = [
    path(
        "projects/<int:project_id>/frames/<int:frame_id>/",
        editor.editor,
        name="editor",
    ),
    path("api/ui/frames/<int:frame_id>", editor.editor_data, name="editor_data"),
    path("api/ui/frames/<int:frame_id>/boxes", boxes.frame_boxes, name="frame_boxes"),
    path("api/ui/frames/<int:frame_id>/status", frame_status.frame_status, name="frame_status"),
    path("api/ui/frames/<int:frame_id>/history", history.frame_history, name="frame_history"),
    path("api/ui/frames/<int:frame_id>/comments", comments.frame_comments, name="frame_comments"),
    path("api/ui/comments/<uuid:comment_id>", comments.change_comment, name="change_comment"),
    path("api/ui/projects/<int:project_id>/next", queue.next_frame, name="next_frame"),
    path("api/ui/projects/<int:project_id>/next-review", reviews.next_review, name="next_review"),
    path("api/ui/frames/<int:frame_id>/review", reviews.review_frame, name="review_frame"),
    path("api/ui/claims/hold", queue.hold, name="hold_claim"),
    path("api/ui/claims/release", queue.release, name="release_claim"),
    path("api/ui/preferences", preferences.editor_preferences, name="editor_preferences"),
    path("ai/detect", detections.detect, name="detect"),
    path("ai/detections/<uuid:detection_id>", detections.detection, name="detection"),
    path("ai/detections/<uuid:detection_id>/cancel", detections.cancel, name="cancel_detection"),
    path("api/ui/frames/<int:frame_id>/detections", detections.frame_detections, name="frame_detections"),
    path("mentions/", comments.mentions, name="mentions"),
    path("frames/<int:frame_id>/thumbnail", media.thumbnail, name="frame_thumbnail"),
    path("frames/<int:frame_id>/image", media.image, name="frame_image"),
    path("", projects.project_list, name="projects"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("profile/", account.profile, name="profile"),
    path("profile/password/", account.change_password, name="change_password"),
    path("profile/tokens/", tokens.token_list, name="tokens"),
    path("profile/tokens/<int:token_id>/renew/", tokens.renew, name="renew_token"),
    path("profile/tokens/<int:token_id>/revoke/", tokens.revoke, name="revoke_token"),
    path("language/", account.set_language, name="set_language"),
    path("theme/", account.set_theme, name="set_theme"),
    path("projects/", RedirectView.as_view(pattern_name="projects"), name="projects_by_name"),
    path("projects/new/", projects.create, name="create_project"),
    path("projects/<int:project_id>/", projects.detail, name="project"),
    path("projects/<int:project_id>/settings/", projects.edit, name="edit_project"),
    path("projects/<int:project_id>/archive/", projects.archive, name="archive_project"),
    path("projects/<int:project_id>/continue/", projects.resume, name="continue"),
    path("projects/<int:project_id>/uploads/", uploads.upload, name="upload"),
    path("projects/<int:project_id>/jobs/", job_table.jobs_page, name="jobs_page"),
    path("projects/<int:project_id>/jobs/<uuid:job_id>/", jobs.change, name="change_job"),
    path("api/ui/projects/<int:project_id>/jobs", jobs.jobs, name="jobs"),
    path("projects/<int:project_id>/model/", model_settings.model_settings, name="model_settings"),
    path("projects/<int:project_id>/labels/", labels.labels, name="labels"),
    path("projects/<int:project_id>/labels/<int:label_id>/", labels.change, name="change_label"),
    path(
        "projects/<int:project_id>/labels/changes/<int:change_id>/",
        labels.take_back_change,
        name="take_back_labels",
    ),
    path("projects/<int:project_id>/webhooks/", webhooks.webhooks, name="webhooks"),
    path(
        "projects/<int:project_id>/webhooks/<int:webhook_id>/", webhooks.change_webhook, name="change_webhook"
    ),
    path(
        "projects/<int:project_id>/webhooks/<int:webhook_id>/deliveries/",
        webhooks.deliveries,
        name="webhook_deliveries",
    ),
    path("projects/<int:project_id>/members/", members.members, name="members"),
    path("projects/<int:project_id>/members/<int:membership_id>/", members.change, name="change_member"),
    path("projects/<int:project_id>/agreement/", agreement.agreement, name="agreement"),
    path(
        "projects/<int:project_id>/agreement/<slug:table>.csv",
        agreement.agreement_file,
        name="agreement_file",
    ),
    path("projects/<int:project_id>/agreement/ask/", agreement.ask_people, name="ask_people"),
    path("projects/<int:project_id>/agreement/merge/", agreement.merge_labels, name="merge_labels"),
    path("projects/<int:project_id>/agreement/gold/", agreement.change_gold, name="change_gold"),
    path(
        "projects/<int:project_id>/agreement/<int:copy_id>/remove/", agreement.remove_copy, name="remove_copy"
    ),
    path("projects/<int:project_id>/work/", work.work, name="work"),
    path("projects/<int:project_id>/people/<int:user_id>/", person.person, name="person"),
    path("projects/<int:project_id>/work/change/", work.change_share, name="change_share"),
    path("projects/<int:project_id>/figures/", dashboard.dashboard, name="dashboard"),
    path("api/ui/projects/<int:project_id>/figures", dashboard.figures, name="figures"),
    path(
        "api/ui/projects/<int:project_id>/figures/<slug:name>.csv", dashboard.figure_file, name="figure_file"
    ),
    path(
        "api/ui/projects/<int:project_id>/figures/<slug:name>/frames",
        dashboard.figure_frames,
        name="figure_frames",
    ),
    path("projects/import/", data.import_project, name="import_project"),
    path("projects/import/<uuid:job_id>/", data.new_import_report, name="new_import_report"),
    path("projects/import/<uuid:job_id>/stop/", data.stop_new_import, name="stop_new_import"),
    path("projects/<int:project_id>/data/", data.data, name="data"),
    path("projects/<int:project_id>/data/exports/", data.start_export, name="start_export"),
    path(
        "projects/<int:project_id>/data/exports/<uuid:job_id>/", data.download_export, name="download_export"
    ),
    path("projects/<int:project_id>/data/imports/", data.upload_import, name="upload_import"),
    path("projects/<int:project_id>/data/imports/<uuid:job_id>/", data.import_report, name="import_report"),
    path("projects/<int:project_id>/versions/", versions.versions, name="versions"),
    path("projects/<int:project_id>/versions/new/", versions.make_version, name="make_version"),
    path("projects/<int:project_id>/versions/copy/", versions.copy_versions, name="copy_versions"),
    path("projects/<int:project_id>/versions/compare/", versions.compare_versions, name="compare_versions"),
    path(
        "projects/<int:project_id>/versions/compare/count/",
        versions.count_difference,
        name="count_difference",
    ),
    path(
        "projects/<int:project_id>/versions/<int:number>/restore/",
        versions.restore_version,
        name="restore_version",
    ),
    path(
        "projects/<int:project_id>/versions/<int:number>/export/",
        versions.export_version,
        name="export_version",
    ),
    path("projects/<int:project_id>/training/", training.training_page, name="training"),
    path(
        "projects/<int:project_id>/training/settings/", training.training_settings, name="training_settings"
    ),
    path("projects/<int:project_id>/training/back/", training.roll_back, name="roll_back"),
    path(
        "projects/<int:project_id>/training/accepting/", accepting.change_accepting, name="change_accepting"
    ),
    path(
        "projects/<int:project_id>/training/<uuid:training_id>/",
        training.training_detail,
        name="training_detail",
    ),
    path(
        "projects/<int:project_id>/training/<uuid:training_id>/change/",
        training.change_training,
        name="change_training",
    ),
    path(
        "projects/<int:project_id>/training/<uuid:training_id>/pictures/<str:name>",
        training.training_picture,
        name="training_picture",
    ),
    path(
        "api/ui/projects/<int:project_id>/trainings/<uuid:training_id>",
        training.training_progress,
        name="training_progress",
    ),
    path("", include("annotate.api.urls")),
    path("jsi18n/", texts_for_scripts, name="jsi18n"),
    path("runs/<uuid:key>/", tracked.tracked, name="tracked"),
    path("runs/<uuid:key>/page/", tracked.tracked_page, name="tracked_page"),
    re_path(r"^mlflow/(?P<rest>.*)$", mlflow_proxy.mlflow_proxy, name="mlflow"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]

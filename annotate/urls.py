"""Every address of the product, by name."""

from django.urls import path, re_path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from .views import (
    account,
    boxes,
    comments,
    dashboard,
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
    preferences,
    projects,
    queue,
    tracked,
    uploads,
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
    path("api/ui/claims/hold", queue.hold, name="hold_claim"),
    path("api/ui/claims/release", queue.release, name="release_claim"),
    path("api/ui/preferences", preferences.editor_preferences, name="editor_preferences"),
    path("ai/detect", detections.detect, name="detect"),
    path("ai/detections/<uuid:detection_id>", detections.detection, name="detection"),
    path("ai/detections/<uuid:detection_id>/cancel", detections.cancel, name="cancel_detection"),
    path("api/ui/frames/<int:frame_id>/detections", detections.frame_detections, name="frame_detections"),
    path(
        "api/ui/frames/<int:frame_id>/detections/<uuid:detection_id>/feedback",
        detections.feedback,
        name="detection_feedback",
    ),
    path("mentions/", comments.mentions, name="mentions"),
    path("frames/<int:frame_id>/thumbnail", media.thumbnail, name="frame_thumbnail"),
    path("frames/<int:frame_id>/image", media.image, name="frame_image"),
    path("", projects.project_list, name="projects"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", account.SignOut.as_view(), name="logout"),
    path("profile/", account.profile, name="profile"),
    path("profile/password/", account.change_password, name="change_password"),
    path("language/", account.set_language, name="set_language"),
    path("theme/", account.set_theme, name="set_theme"),
    path("projects/new/", projects.create, name="create_project"),
    path("projects/<int:project_id>/", projects.detail, name="project"),
    path("projects/<int:project_id>/settings/", projects.edit, name="edit_project"),
    path("projects/<int:project_id>/continue/", projects.resume, name="continue"),
    path("projects/<int:project_id>/uploads/", uploads.upload, name="upload"),
    path("projects/<int:project_id>/jobs/", job_table.jobs_page, name="jobs_page"),
    path("projects/<int:project_id>/jobs/<uuid:job_id>/", jobs.change, name="change_job"),
    path("api/ui/projects/<int:project_id>/jobs", jobs.jobs, name="jobs"),
    path("projects/<int:project_id>/model/", model_settings.model_settings, name="model_settings"),
    path("projects/<int:project_id>/labels/", labels.labels, name="labels"),
    path("projects/<int:project_id>/labels/<int:label_id>/", labels.change, name="change_label"),
    path("projects/<int:project_id>/members/", members.members, name="members"),
    path("projects/<int:project_id>/members/<int:membership_id>/", members.change, name="change_member"),
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
    path("jsi18n/", texts_for_scripts, name="jsi18n"),
    path("runs/<uuid:key>/", tracked.tracked, name="tracked"),
    re_path(r"^mlflow/(?P<rest>.*)$", mlflow_proxy.mlflow_proxy, name="mlflow"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]

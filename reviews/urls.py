from django.urls import path, register_converter

from reviews.views import complaints, feedback, meeting, minutes, overview, promises


class MeetingNumber:
    regex = "REV-[0-9]{4}-[0-9]{2,6}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class ComplaintNumber(MeetingNumber):
    regex = "CMP-[0-9]{4,9}"


register_converter(MeetingNumber, "meeting")
register_converter(ComplaintNumber, "complaint")

app_name = "reviews"
urlpatterns = [
    path("reviews/", overview.index, name="index"),
    path("agreements/<slug:reference>/reviews/", overview.agreement, name="agreement"),
    path("feedback/", feedback.page, name="feedback"),
    path("complaints/", complaints.index, name="complaints"),
    path("complaints/<complaint:number>/", complaints.page, name="complaint"),
    path("complaints/<complaint:number>/answer/", complaints.answer, name="answer_complaint"),
    path("complaints/<complaint:number>/agree/", complaints.agree, name="agree_to_answer"),
    path("complaints/<complaint:number>/disagree/", complaints.disagree, name="disagree_with_answer"),
    path("agreements/<slug:reference>/complaints/new/", complaints.complain, name="complain"),
    path("reviews/<meeting:number>/", meeting.page, name="meeting"),
    path("reviews/<meeting:number>/hold/", meeting.hold, name="hold"),
    path("reviews/<meeting:number>/postpone/", meeting.postpone, name="postpone"),
    path("reviews/<meeting:number>/minutes/", minutes.save, name="minutes"),
    path("reviews/<meeting:number>/share/", minutes.share, name="share"),
    path("reviews/<meeting:number>/approve/", minutes.approve, name="approve"),
    path("reviews/<meeting:number>/dispute/", minutes.dispute, name="dispute"),
    path("reviews/<meeting:number>/actions/", promises.add_action, name="add_action"),
    path("reviews/<meeting:number>/actions/<int:pk>/done/", promises.finish, name="finish_action"),
    path("reviews/<meeting:number>/actions/<int:pk>/drop/", promises.drop, name="drop_action"),
    path("reviews/<meeting:number>/changes/", promises.add_change, name="add_change"),
    path("reviews/<meeting:number>/changes/<int:place>/amend/", promises.amend, name="amend"),
]

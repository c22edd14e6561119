from django.urls import path, register_converter

from incidents.views import breach, dryrun, excluding, following, incident, incidents, matrix, queue, run


class BreachNumber:
    regex = "BR-[0-9]{4,9}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class IncidentNumber(BreachNumber):
    regex = "INC-[0-9]{4,9}"


register_converter(BreachNumber, "breach")
register_converter(IncidentNumber, "incident")

app_name = "incidents"
urlpatterns = [
    path("breaches/", queue.index, name="index"),
    path("breaches/export.csv", queue.export, name="export"),
    path("breaches/acknowledge/", queue.acknowledge_many, name="acknowledge_many"),
    path("breaches/together/<int:pk>/acknowledge/", queue.acknowledge_herd, name="acknowledge_herd"),
    path("breaches/<breach:number>/", breach.page, name="breach"),
    path("breaches/<breach:number>/acknowledge/", breach.acknowledge, name="acknowledge"),
    path("breaches/<breach:number>/outcome/", breach.outcome, name="outcome"),
    path("breaches/<breach:number>/close/", breach.close, name="close"),
    path("breaches/<breach:number>/reopen/", breach.reopen, name="reopen"),
    path("escalation/", matrix.portfolio, name="matrices"),
    path("escalation/matrix.pdf", matrix.portfolio_paper, name="matrices_paper"),
    path("agreements/<slug:reference>/escalation/", matrix.agreement, name="matrix"),
    path("agreements/<slug:reference>/escalation.pdf", matrix.agreement_paper, name="matrix_paper"),
    path("escalations/<int:pk>/", run.page, name="run"),
    path("escalations/<int:pk>/acknowledge/", run.acknowledge, name="acknowledge_run"),
    path("escalations/<int:pk>/raise/", run.go_up, name="raise_run"),
    path("acknowledge/<slug:token>/", run.by_link, name="acknowledge_by_link"),
    path("breaches/<breach:number>/hand-on/", following.hand_on, name="hand_on"),
    path("breaches/<breach:number>/actions/", following.promise, name="promise"),
    path("breaches/<breach:number>/actions/<int:pk>/done/", following.finish, name="finish_promise"),
    path("breaches/<breach:number>/actions/<int:pk>/drop/", following.drop, name="drop_promise"),
    path("breaches/<breach:number>/check/", following.check, name="check"),
    path("breaches/<breach:number>/remark/", following.remark, name="remark"),
    path("agreements/<slug:reference>/breaches/log/", following.log, name="log_breach"),
    path("incidents/", incidents.index, name="incidents"),
    path("incidents/export.csv", incidents.export, name="incidents_export"),
    path("incidents/log/", incidents.choose, name="choose"),
    path("incidents/<incident:number>/", incident.page, name="incident"),
    path("incidents/<incident:number>/acknowledge/", incident.acknowledge, name="incident_acknowledge"),
    path("incidents/<incident:number>/begin/", incident.begin, name="incident_begin"),
    path("incidents/<incident:number>/resolve/", incident.resolve, name="incident_resolve"),
    path("incidents/<incident:number>/close/", incident.close, name="incident_close"),
    path("incidents/<incident:number>/reopen/", incident.reopen, name="incident_reopen"),
    path("incidents/<incident:number>/escalate/", incident.escalate, name="incident_escalate"),
    path("incidents/<incident:number>/assign/", incident.assign, name="incident_assign"),
    path("incidents/<incident:number>/priority/", incident.priority, name="incident_priority"),
    path("incidents/<incident:number>/remark/", incident.remark, name="incident_remark"),
    path("incidents/<incident:number>/link/", incident.link, name="incident_link"),
    path("incidents/<incident:number>/exclude/", excluding.exclude, name="incident_exclude"),
    path("incidents/<incident:number>/count/", incident.count, name="incident_count"),
    path("agreements/<slug:reference>/incidents/", incidents.of_agreement, name="agreement_incidents"),
    path("agreements/<slug:reference>/incidents/log/", incidents.log, name="log"),
    path("agreements/<slug:reference>/breaches/", queue.agreement, name="agreement"),
    path("agreements/<slug:reference>/<label:label>/ladder/", dryrun.ladder, name="ladder"),
]

from django.urls import path

from kpis.views import (
    backtesting,
    checking,
    claiming,
    correcting,
    crediting,
    delivering,
    disputing,
    excluding,
    feeding,
    performance,
)

app_name = "kpis"
urlpatterns = [
    path("performance/", performance.index, name="index"),
    path("performance/credits/<int:pk>/agree/", crediting.agree, name="agree_credit"),
    path("performance/credits/<int:pk>/refuse/", crediting.refuse, name="refuse_credit"),
    path("performance/<slug:reference>/", performance.dashboard, name="dashboard"),
    path("performance/<slug:reference>/<slug:key>/", performance.kpi, name="kpi"),
    path("performance/<slug:reference>/<slug:key>/recompute/", performance.recompute, name="recompute"),
    path("agreements/<slug:reference>/<label:label>/backtest/", backtesting.backtest, name="backtest"),
    path("claims/exclusions/<slug:number>/", excluding.exclusion, name="exclusion"),
    path("claims/corrections/<slug:number>/", correcting.correction, name="correction"),
    path("claims/disputes/<slug:number>/", disputing.dispute, name="dispute"),
    path("claims/disputes/new/<slug:kind>/<slug:subject>/", disputing.open_dispute, name="open_dispute"),
    path("claims/periods/<int:pk>/correct/", correcting.correct, name="correct"),
    path("claims/<slug:reference>/", claiming.index, name="claims"),
    path("claims/<slug:reference>/exclude/", excluding.exclude, name="exclude"),
    path("data/", delivering.deliver, name="deliver"),
    path("data/history/", delivering.history, name="history"),
    path("data/<int:pk>/", delivering.upload, name="upload"),
    path("data/<int:pk>/template/", delivering.template, name="template"),
    path("data/<int:pk>/by-hand/", delivering.by_hand, name="by_hand"),
    path("data/<int:pk>/machine/", feeding.feed, name="feed"),
    path("data/<int:pk>/check/", checking.check, name="check"),
    path("data/<int:pk>/check/columns/", checking.columns, name="columns"),
    path("data/<int:pk>/check/progress/", checking.progress, name="progress"),
    path("data/<int:pk>/check/errors/", checking.errors, name="errors"),
    path("data/deliveries/<int:pk>/", delivering.delivery, name="delivery"),
    path("data/deliveries/<int:pk>/refused/", delivering.refused, name="refused"),
]

"""A real Prometheus on a free port, and pushed texts of metrics."""

import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from kpis import actions
from kpis.intake import metrics, prometheus
from kpis.intake.tables import Unreadable
from kpis.models import Delivery, DirtyDay, Feed, Indicator, Sample
from tests.kpis.build import make_bound
from tests.race import race

NOW = datetime(2026, 7, 3, 12, tzinfo=UTC)
START = NOW - timedelta(minutes=30)


@pytest.fixture
def probe(db):
    agreement, person = make_bound()
    return Indicator.objects.create(organisation=agreement.provider, key="p95", name="P95", kind="values"), person


def feed(indicator, person, *, url="", **kwargs):
    given = {
        "metric": "latency_ms", "counter": "refuse", "query": "latency_ms", "step_seconds": 60, "enabled": True,
        "since": START,
    }
    return actions.set_feed(indicator, url=url, actor=person, at=NOW, **(given | kwargs))


# A real server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Prometheus with a history of its own: ten minutes, a gap of ten, ten more; two probes, one of them NaN."""
    program = shutil.which("prometheus") or pytest.fail("apt-get install prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    lines = ["# TYPE latency_ms gauge"]
    for probe in ("a", "b"):
        for minute in [*range(1, 11), *range(21, 31)]:
            at = (START + timedelta(minutes=minute)).timestamp()
            value = "NaN" if probe == "b" and minute == 5 else f"{minute}.25"
            lines.append(f'latency_ms{{probe="{probe}"}} {value} {at:.0f}')
    (folder / "history.txt").write_text("\n".join([*lines, "# EOF"]) + "\n")
    (folder / "prometheus.yml").write_text("global: {}\n")
    subprocess.run(
        [
            shutil.which("promtool"), "tsdb", "create-blocks-from", "openmetrics", folder / "history.txt",
            folder / "data",
        ],
        check=True, capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [
            program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=20y",
        ],
        stdout=subprocess.DEVNULL, stderr=log,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/-/ready", folder / "log")
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        log.close()


def _wait_for(url, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    pytest.fail(log.read_text()[-2000:])


@pytest.fixture
def allowed(server, settings):
    settings.PROMETHEUS_HOSTS = [server]
    return f"http://{server}"


def test_a_range_is_taken_in_and_gaps_stay_gaps(probe, allowed):
    indicator, person = probe
    feed(indicator, person, url=allowed)

    assert actions.fetch_due(now=NOW) == 1

    delivery = Delivery.objects.get(door="prometheus")
    assert delivery.by is None
    # Up to one step before now; the NaN is left out and told.
    assert (delivery.added, delivery.refused) == (37, 1)
    minutes = {(at - START).seconds // 60 for at in Sample.objects.values_list("at", flat=True)}
    assert minutes == {*range(1, 11), *range(21, 30)}
    assert Sample.objects.get(external_id="probe=a", at=START + timedelta(minutes=3)).value == Decimal("3.25")
    assert DirtyDay.objects.filter(indicator_id=indicator.pk).count() == 1


def test_the_next_fetch_goes_on_where_the_last_stopped(probe, allowed):
    indicator, person = probe
    feed(indicator, person, url=allowed)
    half = START + timedelta(minutes=16)
    Feed.objects.update(next_at=half)
    actions.fetch_due(now=half)
    first = Sample.objects.count()

    assert actions.fetch_due(now=half) == 0
    assert actions.fetch_due(now=NOW) == 1

    assert (first, Sample.objects.count()) == (19, 37)
    assert Feed.objects.get().taken_until == NOW - timedelta(minutes=1)
    assert not Delivery.objects.filter(unchanged__gt=0).exists()


def test_a_query_that_the_server_refuses_is_said_on_the_feed(probe, allowed):
    indicator, person = probe
    feed(indicator, person, url=allowed, query="sum(")

    assert actions.fetch_due(now=NOW) == 0

    assert "parse error" in Feed.objects.get().problem
    assert Feed.objects.get().taken_until == START


def test_a_server_that_is_down_is_asked_again_from_the_same_slice(probe, settings):
    indicator, person = probe
    settings.PROMETHEUS_HOSTS = ["127.0.0.1:1"]
    feed(indicator, person, url="http://127.0.0.1:1")

    assert actions.fetch_due(now=NOW) == 0

    assert "No answer" in Feed.objects.get().problem
    assert (Feed.objects.get().taken_until, Feed.objects.get().next_at > NOW) == (START, True)


@pytest.mark.parametrize("url", [
    "http://169.254.169.254", "http://127.0.0.1:9090", "file:///etc/passwd", "http://user:x@prom.example:9090",
    "http://prom.example:9090@evil.example", "http://prom.example:9090/?x=1", "gopher://prom.example:9090",
    "prom.example",
])
def test_only_the_operators_servers_are_asked(probe, settings, url):
    indicator, person = probe
    settings.PROMETHEUS_HOSTS = ["prom.example:9090"]

    with pytest.raises(prometheus.Unanswered):
        feed(indicator, person, url=url)
    assert not Feed.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_that_fetch_at_once_take_each_slice_once(allowed):
    agreement, person = make_bound()
    indicator = Indicator.objects.create(organisation=agreement.provider, key="p95", name="P95", kind="values")
    feed(indicator, person, url=allowed)

    found = race(lambda: actions.fetch_due(now=NOW))

    assert sorted(found) == [0] * 7 + [1]
    assert Delivery.objects.count() == 1


# Pushed texts


def text(*values, kind="gauge", name="latency_ms", start=1):
    suffix = "_total" if kind == "counter" else ""
    lines = [
        f'{name}{suffix}{{probe="a"}} {value} {(START + timedelta(minutes=minute)).timestamp():.0f}'
        for minute, value in enumerate(values, start=start)
    ]
    return "\n".join([f"# TYPE {name} {kind}", *lines, "# EOF", ""])


def push(indicator, person, body, metric="latency_ms"):
    found = metrics.points(body, metric, openmetrics=True, now=NOW)
    return actions.take_in_metrics(indicator, points=found, actor=person, at=NOW)


def test_a_gauge_is_taken_as_it_is(probe):
    delivery = push(*probe, text("1.5", "2.5"))

    assert (delivery.added, delivery.door) == (2, "openmetrics")
    assert list(Sample.objects.order_by("at").values_list("value", "external_id")) == [
        (Decimal("1.5"), "probe=a"), (Decimal("2.5"), "probe=a"),
    ]
    assert push(*probe, text("1.5", "2.5")).unchanged == 2


def test_of_a_counter_what_it_grew_by(probe):
    push(*probe, text(100, 130, kind="counter"), "latency_ms_total")
    push(*probe, text(137, kind="counter", start=3), "latency_ms_total")

    assert [int(value) for value in Sample.objects.order_by("at").values_list("value", flat=True)] == [0, 30, 7]
    assert push(*probe, text(137, kind="counter", start=3), "latency_ms_total").unchanged == 1


def test_a_counter_that_fell_is_refused(probe):
    push(*probe, text(100, kind="counter"), "latency_ms_total")

    with pytest.raises(actions.Refused, match="fell from 100.0 to 5.0"):
        push(*probe, text(5, kind="counter", start=2), "latency_ms_total")
    assert Sample.objects.count() == 1


def test_a_count_between_known_ones_would_be_counted_twice(probe):
    push(*probe, text(100, kind="counter"), "latency_ms_total")
    push(*probe, text(130, kind="counter", start=5), "latency_ms_total")

    with pytest.raises(actions.Refused, match="Later counts of this series are known"):
        push(*probe, text(110, kind="counter", start=3), "latency_ms_total")
    assert push(*probe, text(130, kind="counter", start=5), "latency_ms_total").unchanged == 1


def test_a_counter_that_fell_was_restarted_where_the_stream_says_so(probe):
    feed(*probe, counter="reset")
    push(*probe, text(100, kind="counter"), "latency_ms_total")
    push(*probe, text(5, kind="counter", start=2), "latency_ms_total")

    assert int(Sample.objects.latest("at").value) == 5


@pytest.mark.parametrize("body, words", [
    ("no metrics at all {", "not a text of metrics"),
    (text("1", name="other"), "latency_ms is not in it"),
    (text("1").replace("# EOF", ""), "not a text of metrics"),
    ("\x00", "not a text of metrics"),
    (text("1").replace("1 17", "1 99999999999999917"), "not a text of metrics"),
])
def test_what_is_no_text_of_metrics(body, words):
    with pytest.raises(Unreadable, match=words):
        metrics.points(body, "latency_ms", openmetrics=True, now=NOW)


@pytest.mark.parametrize("value", ["NaN", "+Inf"])
def test_what_is_no_number_is_refused(probe, value):
    with pytest.raises(actions.Refused, match="Is not a number"):
        push(*probe, text(value))


def test_prometheus_own_text_and_a_point_without_a_time(probe):
    found = metrics.points('latency_ms{probe="a"} 3\n', "latency_ms", openmetrics=False, now=NOW)

    assert [(point.at, point.value, point.counts) for point in found] == [(NOW, Decimal("3.0"), False)]


@pytest.mark.parametrize("value, kept", [
    ("0.1234567890123", "0.1234567890"), ("123456.7890123456", "123456.789012346"), ("3", "3"), ("1e20", "1E+20"),
])
def test_binary_noise_is_rounded_away(value, kept):
    assert prometheus.rounded(Decimal(value)) == Decimal(kept)

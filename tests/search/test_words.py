"""Values as people write them: extremes, dates, durations, digests, sources."""

from datetime import datetime

import pytest

from jupyter_mltrack.entities import MetricSummary, Run, RunData, RunInfo
from jupyter_mltrack.errors import FilterError
from jupyter_mltrack.search import Facts, match, parse_filter, parse_order_by, print_filter
from jupyter_mltrack.search.times import parse_duration, parse_moment

NOW = datetime(2026, 11, 21, 10, 30, 15)
DIGEST = "0123abcd" * 8


def millis(*when):
    return int(datetime(*when).timestamp() * 1000)


SUMMARY = MetricSummary(last=0.4, min=0.1, max=0.9, first=0.5, count=3, step=2)
RUN = Facts(
    Run(
        info=RunInfo(
            run_id="r",
            run_name="",
            experiment_id="1",
            start_time=millis(2026, 11, 1, 14, 30, 20),
            end_time=millis(2026, 11, 1, 16, 0, 20),
        ),
        data=RunData(
            metrics=dict.fromkeys(("loss", "acc"), 0.4),
            summaries=dict.fromkeys(("loss", "acc"), SUMMARY),
        ),
    ),
    cell="c",
    revision=DIGEST,
    sources=("RandomForest_Classifier(n=3)", "score(model)"),
)


@pytest.mark.parametrize(
    "text",
    [
        "min(metrics.loss) = 0.1 AND MAX( metrics.`loss` ) = 0.9 AND first(metric.loss) = 0.5",
        "last(metrics.loss) = 0.4 AND count(metrics.loss) >= 3",
        "best(metrics.loss) = 0.1 AND best(metrics.acc) = 0.9",
        "max(metrics.other) IS NULL",
        "start_time = '2026-11-01' AND start_time > '2026-11-01' AND start_time <= '2026-11-01'",
        "start_time = '2026-11-01 14:30' AND start_time != '2026-11-01T14:31:00'",
        "created < '2026-11-02' AND end_time >= '2026-11-01 16:00:20'",
        "start_time IN ('2026-10-31', '2026-11-01') AND start_time NOT IN ('yesterday', 5)",
        "duration = '1h 30m' AND duration > '89 min' AND duration IN ('1.5 hours', 7)",
        "revision = '0123abc' AND revision = '0123ABCD0' AND revision IN ('0123abcd')",
        f"revision = '{DIGEST}' AND revision != '0123abd' AND revision NOT IN ('fffffff')",
        "source CONTAINS 'Forest_C' AND source LIKE '%score(%' AND NOT source CONTAINS 'Forest_c'",
        "source = 'score(model)' AND source ILIKE 'randomforest%' AND source IS NOT NULL",
    ],
)
def test_words_that_hold(text):
    tree = parse_filter(text)
    assert match(tree, RUN)
    assert parse_filter(print_filter(tree)) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max(params.a) > 1", "max() is of a metric, not of params.a"),
        ("avg(metrics.a) > 1", "a metric has min, max, first, last, best, count"),
        ("start_time > 'soon'", "write a date such as"),
        ("start_time > '2026-13-01'", "write a date such as"),
        ("start_time > '9999-12-31'", "write a date such as"),
        ("start_time > '999999 weeks ago'", "write a date such as"),
        ("start_time LIKE '2026%'", "use another operator"),
        ("duration > '5 parsecs'", "write a duration such as '5 min'"),
        ("revision = '0123'", "7 hexadecimal digits"),
        ("revision = 1234567", "cannot take 1234567"),
        ("source > 'a'", "use another operator"),
        (f"start_time IN ({', '.join(['0', *101 * ['now']])})".replace("now", "'now'"), "at most"),
    ],
)
def test_an_error_names_what_can_be_written(text, words):
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("today", (2026, 11, 21), (2026, 11, 22)),
        (" Yesterday ", (2026, 11, 20), (2026, 11, 21)),
        ("2 hours ago", (2026, 11, 21, 8, 30, 15), (2026, 11, 21, 9, 30, 15)),
        ("a week ago", (2026, 11, 14, 10, 30, 15), (2026, 11, 21, 10, 30, 15)),
        ("2026-11-01", (2026, 11, 1), (2026, 11, 2)),
        ("2026-11-01 14:30", (2026, 11, 1, 14, 30), (2026, 11, 1, 14, 31)),
        ("2026-11-01T14:30:05", (2026, 11, 1, 14, 30, 5), (2026, 11, 1, 14, 30, 6)),
    ],
)
def test_moments_last_as_long_as_they_are_precise(text, begin, end):
    assert parse_moment(text, NOW) == (millis(*begin), millis(*end))


@pytest.mark.parametrize("text", ["2026-11-01T14:30Z", "2026-11-01 16:30 +02:00"])
def test_a_zone_is_minded(text):
    assert parse_moment(text)[0] == 1_793_543_400_000


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5 min", 300), ("1h 30m", 5400), ("1.5 d, 1 h", 133_200)]
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "min", "5 min ago", "-5 min", "5 fortnights"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)


def test_an_order_may_ask_for_an_extreme_but_not_for_what_a_run_has_several_of():
    (order,) = parse_order_by(["best(metrics.loss) desc"])
    assert (order.identifier.aggregate, order.descending) == ("min", True)
    with pytest.raises(FilterError, match="several sources"):
        parse_order_by(["source"])

"""`flask rank`: files in, files out, exit codes, and refusals that name file, row and field."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from judging.cli import rank_command
from tests.judging.test_ranking_published import DATA, isu_rule, load

pytestmark = pytest.mark.no_database

SMALL = "judge,subject,criterion,score\nJ1,A,idea,8\nJ1,B,idea,6\nJ2,A,idea,7\nJ2,B,idea,9\n"


class Desk:
    """A folder with a score table and a rule, and the command at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scores = folder / "scores.csv"
        self.rule = folder / "rule.json"
        self.out = folder / "out.json"
        self.scores.write_text(SMALL, encoding="utf-8")

    def run(self, *options: str, rule: Any = None, scores: bytes | str | None = None) -> Result:
        if scores is not None:
            self.scores.write_bytes(scores.encode() if isinstance(scores, str) else scores)
        if rule is not None:
            content = rule if isinstance(rule, bytes) else json.dumps(rule).encode()
            self.rule.write_bytes(content)
            options = ("--rule", str(self.rule), *options)
        result = CliRunner().invoke(rank_command, [str(self.scores), *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    def ranking(self, *options: str, **given: Any) -> dict[str, Any]:
        result = self.run(*options, **given)
        assert result.exit_code == 0, result.stderr
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def refusal(self, code: int = 2, **given: Any) -> str:
        """What the command says when it refuses; nothing is written."""
        result = self.run("--out", str(self.out), **given)
        assert result.exit_code == code, result.output
        assert result.stdout == ""
        assert not self.out.exists()
        return result.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_json_holds_rule_hash_and_explained_ranking(desk: Desk) -> None:
    found = desk.ranking()
    assert found["input_sha256"] == hashlib.sha256(SMALL.encode()).hexdigest()
    assert found["rule"]["criteria"] == {"idea": {"weight": "1", "min": None, "max": None, "step": None}}
    assert found["ranking"] == [
        {
            "subject": name,
            "rank": 1,
            "tied": True,
            "total": "7.500000",
            "judges": 2,
            "criteria": {"idea": {"marks": marks, "dropped": [], "mean": None, "weighted": None}},
            "judge_totals": {
                "marks": {judge: f"{mark}.000000" for judge, mark in marks.items()},
                "dropped": [],
                "incomplete": [],
            },
            "decided_by": None,
            "tie_steps": [],
        }
        for name, marks in {"A": {"J1": "8", "J2": "7"}, "B": {"J1": "6", "J2": "9"}}.items()
    ]


def test_an_official_championship_protocol_through_the_command(desk: Desk) -> None:
    marks, expected = load("isu_worlds2017_ladies_fs_components")
    data = (DATA / "isu_worlds2017_ladies_fs_components.csv").read_bytes()
    found = desk.ranking(rule=isu_rule(marks), scores=data)
    published = expected["total_component_score"]
    assert {row["subject"]: float(row["total"]) for row in found["ranking"]} == {
        name: float(row["published"]) for name, row in published.items()
    }
    best = found["ranking"][0]
    assert (best["subject"], best["total"], best["judges"]) == ("Evgenia MEDVEDEVA", "76.13", 9)
    assert len(best["criteria"]["Composition"]["dropped"]) == 2


def test_the_numbers_of_a_rule_stay_exact(desk: Desk) -> None:
    found = desk.ranking(rule=b'{"criteria": {"idea": {"weight": 0.1}}, "rounding": {"total": 2}}')
    assert found["rule"]["criteria"]["idea"]["weight"] == "0.1"
    assert found["ranking"][0]["total"] == "0.75"


def test_schulze_shows_the_pairs(desk: Desk) -> None:
    found = desk.ranking(rule={"aggregate": {"method": "schulze"}})
    assert found["pairs"]["preferred"] == {"A": {"B": "1"}, "B": {"A": "1"}}


def test_tie_breaks_are_shown_with_their_keys(desk: Desk) -> None:
    found = desk.ranking(rule={"ties": ["countback"]})
    assert found["tie_breaks"] == [
        {
            "step": "countback",
            "subjects": ["A", "B"],
            "keys": {"A": "1×8 1×7", "B": "1×9 1×6"},
            "groups": [["B"], ["A"]],
        }
    ]
    assert [row["decided_by"] for row in found["ranking"]] == ["countback", "countback"]


def test_the_column_submitted_serves_the_step_earlier(desk: Desk) -> None:
    rows = SMALL.splitlines()
    times = ["submitted", "2026-05-01T18:00:00+09:00", "2026-05-01T16:59:00+08:00", "", ""]
    table = "\n".join(f"{row},{time}" for row, time in zip(rows, times, strict=True))
    found = desk.ranking(rule={"ties": ["earlier"]}, scores=table)
    assert [(row["subject"], row["decided_by"]) for row in found["ranking"]] == [
        ("B", "earlier"),
        ("A", "earlier"),
    ]


def test_a_column_submitted_is_ignored_unless_the_rule_needs_it(desk: Desk) -> None:
    table = "".join(f"{row},whenever {n}\n" for n, row in enumerate(SMALL.splitlines()))
    assert desk.run(scores=table.replace("whenever 0", "submitted")).exit_code == 0


def test_byte_order_mark_other_order_further_columns_and_blank_lines(desk: Desk) -> None:
    table = (
        '\ufeffscore,note,subject,judge,criterion\r\n8,,甲,김,idea\r\n\r\n 6 ,"x, y",을,김,idea\r\n,,,,\r\n'
    )
    found = desk.ranking(scores=table)
    assert [(row["subject"], row["total"]) for row in found["ranking"]] == [
        ("甲", "8.000000"),
        ("을", "6.000000"),
    ]


def test_old_line_ends_and_quotes(desk: Desk) -> None:
    table = 'judge,subject,criterion,score\rJ1,"A, Inc. ""x""",idea,8\r'
    assert desk.ranking(scores=table)["ranking"][0]["subject"] == 'A, Inc. "x"'


def test_out_writes_the_file_and_nothing_else(desk: Desk) -> None:
    result = desk.run("--out", str(desk.out))
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(desk.out.read_text(encoding="utf-8"))["ranking"][0]["rank"] == 1
    assert sorted(path.name for path in desk.folder.iterdir()) == ["out.json", "scores.csv"]


def test_out_never_replaces_the_input(desk: Desk) -> None:
    result = desk.run("--out", str(desk.scores))
    assert result.exit_code == 2
    assert desk.scores.read_text(encoding="utf-8") == SMALL


def test_out_in_a_missing_folder_is_bad_input(desk: Desk) -> None:
    result = desk.run("--out", str(desk.folder / "nowhere" / "out.json"))
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_csv_has_a_line_per_subject_and_no_formulas(desk: Desk) -> None:
    table = 'judge,subject,criterion,score\nJ1,=1+1,idea,-2\nJ1,"+82 10, x",idea,8\n'
    rule = {"aggregate": {"over": "criterion"}, "rounding": {"criterion": 1, "total": 2}}
    result = desk.run("--format", "csv", rule=rule, scores=table)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["rank"], row["subject"], row["total"], row["idea"]) for row in rows] == [
        ("1", "'+82 10, x", "8.00", "8.0"),
        ("2", "'=1+1", "-2.00", "-2.0"),
    ]


def test_table_lines_up_with_chinese_and_korean_names(desk: Desk) -> None:
    table = "judge,subject,criterion,score\nJ1,创新团队,idea,9.5\nJ1,Ab,idea,10\nJ1,도약,idea,7\n"
    result = desk.run("--format", "table", rule={"rounding": {"total": 1}}, scores=table)
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["subject", "Ab", "创新团队", "도약"]

    def columns(line: str) -> int:
        return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)

    assert len({columns(line) for line in lines}) == 1


def test_too_few_judges_are_exit_code_1_and_named(desk: Desk) -> None:
    message = desk.refusal(1, rule={"minimum_judges": 3})
    assert "A (2 of 3); B (2 of 3)" in message


def test_notes_go_to_standard_error(desk: Desk) -> None:
    result = desk.run(rule={"aggregate": {"method": "sum"}}, scores=SMALL + "J3,A,idea,1\n")
    assert result.exit_code == 0
    assert "different numbers of judges" in result.stderr
    assert json.loads(result.stdout)["notes"] == ["unequal_panels"]


HEADER = "judge,subject,criterion,score\n"
BAD_TABLES: list[tuple[str, bytes | str, str]] = [
    ("nothing", b"", "is empty"),
    ("only a mark of byte order", b"\xef\xbb\xbf", "is empty"),
    ("blank lines", "\n\n", "is empty"),
    ("a header only", HEADER, "no marks"),
    ("another header", "judge;subject;criterion;score\n", "row 1: the first row must name"),
    ("a column missing", "judge,subject,score\nJ,A,1\n", "row 1: the first row must name"),
    ("a column twice", "judge,subject,criterion,score,score\nJ,A,c,1,2\n", "row 1: the first row must name"),
    ("a word for a mark", HEADER + "J,A,c,1\nJ,B,c,good\n", "row 3, score: 'good' is not a plain decimal"),
    ("NaN", HEADER + "J,A,c,NaN\n", "row 2, score: 'NaN'"),
    ("sNaN", HEADER + "J,A,c,sNaN\n", "row 2, score: 'sNaN'"),
    ("Infinity", HEADER + "J,A,c,Infinity\n", "row 2, score: 'Infinity'"),
    ("a large exponent", HEADER + "J,A,c,1e999\n", "row 2, score: '1e999'"),
    ("a huge exponent", HEADER + "J,A,c,1e1000000\n", "row 2, score: '1e1000000'"),
    ("a million digits", HEADER + "J,A,c," + "9" * 100_000 + "\n", "row 2, score: '9999"),
    ("a million digits and more", HEADER + "J,A,c," + "9" * 1_000_000 + "\n", "row 2: can't be read as CSV"),
    ("full-width digits", HEADER + "J,A,c,８\n", "row 2, score: '８'"),
    ("a decimal comma", HEADER + 'J,A,c,"8,5"\n', "row 2, score: '8,5'"),
    ("100,000 brackets", "[" * 100_000, "row 1: the first row must name"),
    ("a bracket as mark", HEADER + "J,A,c," + "[" * 100_000 + "\n", "row 2, score: '[[["),
    ("no mark", HEADER + "J,A,c,\n", "row 2, score: is empty; leave the row out"),
    ("no judge", HEADER + ",A,c,1\n", "row 2, judge: is empty"),
    ("no subject", HEADER + "J,,c,1\n", "row 2, subject: is empty"),
    ("no criterion", HEADER + "J,A, ,1\n", "row 2, criterion: is empty"),
    ("a short row", HEADER + "J,A,c\n", "row 2: has 3 cells, the header 4"),
    ("a long row", HEADER + "J,A,c,1,2\n", "row 2: has 5 cells, the header 4"),
    ("NUL", HEADER + "J,A\0,c,1\n", "row 2: contains a NUL byte"),
    ("a control character", HEADER + "J,A\x1b[2J,c,1\n", "row 2, subject: contains U+001B"),
    ("a line feed in a name", HEADER + 'J,"A\nB",c,1\n', "row 2, subject: contains U+000A"),
    ("a lone surrogate", HEADER.encode() + b"J,\xed\xa0\x80,c,1\n", "row 2: is not UTF-8"),
    ("another encoding", HEADER.encode() + "J,A,c,1\nJ,甲,c,1\n".encode("gb18030"), "row 3: is not UTF-8"),
    ("UTF-16", (HEADER + "J,A,c,1\n").encode("utf-16"), "row 1: is not UTF-8"),
    ("a long name", HEADER + "J," + "A" * 301 + ",c,1\n", "row 2, subject: is longer than 300"),
    ("an open quote", HEADER + 'J,A,c,"1\n', "can't be read as CSV"),
    (
        "a mark twice",
        HEADER + "J,A,c,1\nJ,B,c,1\nJ,A,c,2\n",
        "row 4, judge: 'J' has marked 'A' on 'c' already, in row 2",
    ),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0", "is not UTF-8"),
]


@pytest.mark.parametrize(
    ("scores", "said"), [row[1:] for row in BAD_TABLES], ids=[row[0] for row in BAD_TABLES]
)
def test_a_bad_table_is_refused_with_row_and_field(desk: Desk, scores: bytes | str, said: str) -> None:
    message = desk.refusal(scores=scores)
    assert message.startswith("scores.csv: ")
    assert said in message
    assert len(message) < 1000


RANGE = {"criteria": {"idea": {"min": "0", "max": "8", "step": "0.5"}}}


@pytest.mark.parametrize(
    ("scores", "rule", "said"),
    [
        (SMALL, RANGE, "row 5, score: 9 is above the greatest mark, 8"),
        (
            SMALL.replace("J1,B,idea,6", "J1,B,idea,-0.5"),
            RANGE,
            "row 3, score: -0.5 is below the least mark, 0",
        ),
        (SMALL.replace("J1,B,idea,6", "J1,B,idea,6.25"), RANGE, "row 3, score: 6.25 is not in steps of 0.5"),
        (
            SMALL,
            {"criteria": {"taste": {}}},
            "row 2, criterion: there is no criterion 'idea'; known: 'taste'",
        ),
        (
            SMALL.replace("criterion,score", "criterion,score,submitted"),
            {"ties": ["earlier"]},
            "row 2: has 4 cells",
        ),
    ],
)
def test_a_table_against_its_rule(desk: Desk, scores: str, rule: Any, said: str) -> None:
    assert f"scores.csv: {said}" in desk.refusal(scores=scores, rule=rule)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (("2026-05-01", "soon"), "scores.csv: row 3, submitted: 'soon' is not a date and time"),
        (("2026-05-01", ""), "rule.json: ties: the tie step 'earlier' needs a time of submission for 'B'"),
        (("2026-05-01T10:00Z", "2026-05-01T10:00"), "scores.csv: 'B': either all times"),
    ],
)
def test_times_of_submission_that_cannot_be_used(desk: Desk, times: tuple[str, str], said: str) -> None:
    table = f"judge,subject,criterion,score,submitted\nJ1,A,idea,8,{times[0]}\nJ1,B,idea,8,{times[1]}\n"
    assert said in desk.refusal(scores=table, rule={"ties": ["earlier"]})


def test_two_times_of_one_subject_are_refused(desk: Desk) -> None:
    table = "judge,subject,criterion,score,submitted\nJ1,A,idea,8,2026-05-01\nJ2,A,idea,8,2026-05-02\n"
    message = desk.refusal(scores=table, rule={"ties": ["earlier"]})
    assert "row 3, submitted: '2026-05-02' differs" in message


def test_earlier_without_the_column_is_refused(desk: Desk) -> None:
    assert "needs the times of submission (a column 'submitted')" in desk.refusal(rule={"ties": ["earlier"]})


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON: line 1, column 2"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b"\xff", "is not UTF-8"),
        (b'{"direction": "\0"}', "contains a NUL byte"),
        (b'{"direction": "\\u0000"}', "direction: '\\x00' is not one of high, low"),
        (b'{"ties": ["lot:\\ud800"]}', "ties[0]: contains U+D800"),
        (b'{"criteria": {"\\ud800": {}}}', "criteria.'\\ud800': contains U+D800"),
        (b'{"weights": "as_points", "weights": "normalized"}', "the key 'weights' stands twice"),
        (b'{"criteria": {"idea": {"weight": NaN}}}', "criteria.idea.weight: 'NaN' is not"),
        (b'{"criteria": {"idea": {"weight": Infinity}}}', "criteria.idea.weight: 'Infinity' is not"),
        (
            b'{"criteria": {"idea": {"weight": 1e999}}}',
            "criteria.idea.weight: '1E+999' has more than 15 digits",
        ),
        (b'{"criteria": {"idea": {"weight": 1e1000000}}}', "criteria.idea.weight: '1E+1000000' has more"),
        (b'{"criteria": {"idea": {"weight": 1e99999999999999999999}}}', "criteria.idea.weight: '1e9999999"),
        (b'{"criteria": {"idea": {"weight": %s}}}' % (b"9" * 5000), "criteria.idea.weight: '99999"),
        (b'{"minimum_judges": 1.0}', "minimum_judges: must be a whole number"),
        (b'{"criteria": {"taste": {}, "idea": {}}}', "criteria.taste: there is no mark on criterion 'taste'"),
        (b'{"aggregate": {"method": "best"}}', "aggregate.method: 'best' is not one of mean, "),
        (b'{"ties": ["calibrated:1"]}', "ties[0]: 'calibrated:1' is not a tie step"),
        (b'{"colour": 1}', "colour: unknown key"),
        (b'{"decisions": {"Z": 1}}', "decisions.Z: nobody judged a subject 'Z'"),
    ],
)
def test_a_bad_rule_is_refused_with_its_key(desk: Desk, rule: bytes, said: str) -> None:
    message = desk.refusal(rule=rule)
    assert message.startswith("rule.json: ")
    assert said in message
    assert len(message) < 1000


def test_a_file_full_of_mistakes_shows_the_first_twenty(desk: Desk) -> None:
    message = desk.refusal(scores=HEADER + "".join(f"J,A{n},c,x\n" for n in range(10_000)))
    lines = message.splitlines()
    assert len(lines) == 21
    assert lines[0] == "scores.csv: row 2, score: 'x' is not a plain decimal number such as 8.75"
    assert lines[-1] == "scores.csv: reading stopped after 20 problems"


@pytest.mark.parametrize(
    "options",
    [["--method", "best"], ["--seed", "x"], ["--draws", "0"], ["--format", "xml"], ["--colour"], []],
)
def test_unknown_options_and_missing_files_are_bad_input(desk: Desk, options: list[str]) -> None:
    scores = str(desk.scores) if options else str(desk.folder / "missing.csv")
    result = CliRunner().invoke(rank_command, [scores, *options])
    assert result.exit_code == 2
    assert not isinstance(result.exception, Exception)


def test_the_pure_modules_load_neither_web_nor_database_nor_arrays() -> None:
    code = (
        "import sys, judging.ranking, judging.score_table;"
        "print([name for name in ('flask', 'sqlalchemy', 'numpy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

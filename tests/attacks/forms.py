"""Every form of the site, found as a browser finds it: by looking at every page that a person may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask import Flask

from tests.scenery import Scenery


@dataclass
class Form:
    """What a page would send: where to, and its fields with the values that stand in it."""

    action: str
    multipart: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def typed(self) -> list[str]:
        """The fields that are not about the form itself."""
        return [name for name in self.fields if name not in ("csrf_token", "once_key")]


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            target = urlsplit(urljoin(self.page, given.get("action") or self.page))
            self._form = Form(
                target.path + (f"?{target.query}" if target.query else ""),
                given.get("enctype") == "multipart/form-data",
            )
            if given.get("method", "get").lower() == "post":
                self.forms.append(self._form)
        elif self._form is None or (not name and tag != "option"):
            return
        elif tag == "input":
            self._input(name, given)
        elif tag == "select":
            self._select, self._form.kinds[name] = name, "select"
            self._form.fields.setdefault(name, "")
        elif tag == "option" and self._select:
            if "selected" in given or not self._form.fields[self._select]:
                self._form.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea, self._form.kinds[name] = name, "textarea"
            self._form.fields[name] = ""
        elif tag == "button":
            self._form.fields.setdefault(name, given.get("value", ""))
            self._form.kinds.setdefault(name, "button")

    def _input(self, name: str, given: dict[str, str]) -> None:
        assert self._form is not None
        kind = given.get("type", "text")
        self._form.kinds.setdefault(name, kind)
        value = given.get("value", "on" if kind == "checkbox" else "")
        if kind == "radio":
            if "checked" in given or name not in self._form.fields:
                self._form.fields[name] = value
        elif kind != "file":
            self._form.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


def forms_of(page: str, body: str) -> list[Form]:
    """The POST forms of the page at this address."""
    reader = _Reader(page)
    reader.feed(body)
    return reader.forms


def all_forms(app: Flask, scenery: Scenery) -> dict[str, tuple[str, Form]]:
    """Action → (a role that may send it, the form), each action once; what signs out is left alone."""
    found: dict[str, tuple[str, Form]] = {}
    for role, paths in _pages(app, scenery).items():
        client = scenery.client(app, role)
        for path in paths:
            with client.get(path) as response:
                if response.status_code != 200 or response.mimetype != "text/html":
                    continue
                body = response.get_data(as_text=True)
            for form in forms_of(path, body):
                if not form.action.endswith(("/sign-out", "/everywhere")):
                    found.setdefault(form.action, (role, form))
    _add_second_steps(app, scenery, found)
    return found


def _add_second_steps(app: Flask, scenery: Scenery, found: dict[str, tuple[str, Form]]) -> None:
    """Forms that only the answer to another form shows."""
    action = "/en/o/home/entries/preview"
    role, form = found[action]
    with scenery.client(app, role).post(action, data=form.fields) as response:
        for second in forms_of(action, response.get_data(as_text=True)):
            found.setdefault(second.action, (role, second))


def _pages(app: Flask, scenery: Scenery) -> dict[str, list[str]]:
    """Role → the pages it looks at; those whose objects are in the middle of their way come once more."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.endswith((".pdf", "/export"))
    ]
    everywhere = [scenery.path(app, rule) for rule in rules]
    pages = {role: list(everywhere) for role in ("anonymous", "contestant", "judge", "organizer", "admin")}
    pages |= {role: [] for role in ("writer", "gone", "mate", "auditor", "other judge", "head judge")}
    for rule in rules:
        if "team" in rule.arguments and "/e/<edition>" in rule.rule:
            own = {"team": scenery.values["own_team"]}
            if "teammate" in rule.arguments:
                own["teammate"] = scenery.values["own_mate"]
            pages["writer"].append(scenery.path(app, rule, **own))
            pages["mate"].append(pages["writer"][-1])
            pages["gone"].append(scenery.path(app, rule, team=scenery.values["withdrawn_team"]))
        elif rule.endpoint.startswith("head_judge."):
            pages["head judge"].append(
                scenery.path(app, rule, round=scenery.values["tied_round"])
                if rule.endpoint.endswith("second_look")
                else scenery.path(app, rule)
            )
        elif rule.endpoint.startswith("judge_own."):
            pages["other judge"].append(scenery.path(app, rule))
        elif rule.endpoint.startswith("accounts."):
            pages["writer"].append(scenery.path(app, rule))
        elif rule.endpoint in ("results_office.of_round", "results_office.version", "results_office.ties"):
            for name in ("secret", "tied", "ready", "signed", "planned", "final"):
                path = scenery.path(app, rule, round=scenery.values[f"{name}_round"])
                pages["organizer"].append(path)
                pages["auditor"].append(path)
        elif rule.endpoint == "organizer.settings_parts":
            pages["organizer"] += [
                scenery.path(app, rule, kind=kind) for kind in ("dates", "divisions", "rounds", "prizes")
            ]
        elif rule.endpoint == "judging_office.judge":
            pages["organizer"].append(scenery.path(app, rule, judge=scenery.values["invited_judge"]))
    return pages

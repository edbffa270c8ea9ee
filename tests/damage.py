"""Events as they should never come: cut short, of wrong types, with too much and too little in them, huge."""

import json
from random import Random

HUGE = 200_000
ODD_TEXTS = (
    "",
    "\x00",
    "\ud800",
    "\u202e\u200b",
    "ÿþ",
    "NaN",
    "null",
    "-1",
    "9" * 400,
    "{}",
    "=1+1",
    "\x1b[2J",
)


def damaged(event, chance):
    """Return a damaged event as the text that a queue would hand over."""
    copy = json.loads(json.dumps(event))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(DAMAGES)(copy, chance)
    text = json.dumps(copy, ensure_ascii=chance.random() < 0.5)
    return chance.choice(TEXT_DAMAGES)(text, chance) if chance.random() < 0.25 else text


def places(value, found):
    """Collect every (container, key) in a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in entries:
        found.append((value, key))
        if isinstance(below, dict | list):
            places(below, found)
    return found


def _place(event, chance):
    """Return a place in the event's detail, or anywhere in one of five."""
    detail = event.get("detail")
    inside = isinstance(detail, dict) and detail and chance.random() < 0.8
    return chance.choice(places(detail if inside else event, []) or [(event, "detail")])


def _drop(event, chance):
    where, key = _place(event, chance)
    if isinstance(where, dict):
        where.pop(key, None)
    else:
        del where[key]


def _put(value):
    def put(event, chance):
        where, key = _place(event, chance)
        new = value(chance) if callable(value) else json.loads(json.dumps(value))
        old = where.get(key) if isinstance(where, dict) else where[key]
        if isinstance(new, str) or type(new) is not type(old):
            where[key] = new
        else:
            where.pop(key)  # another number in its place would be another event, not a damaged one

    return put


def _unknown(event, chance):
    where, _ = _place(event, chance)
    if isinstance(where, dict):
        where[f"new{chance.randrange(9)}Field"] = {"nested": [1, {"more": None}]}
    else:
        where.append({"unknown": True})


def _rename(event, chance):
    where, key = _place(event, chance)
    if isinstance(where, dict) and key in where:
        where[key.swapcase() if chance.random() < 0.5 else f"{key} "] = where.pop(key)


def _repeat(event, chance):
    where, key = _place(event, chance)
    where[key] = [where.get(key) if isinstance(where, dict) else where[key]] * chance.choice((0, 2, 3))


def _deep(chance):
    value = "end"
    for _ in range(chance.choice((5, 60))):
        value = {"deeper": [value]}
    return value


DAMAGES = (
    _drop,
    _drop,
    _unknown,
    _unknown,
    _rename,
    _repeat,
    _put(None),
    _put([]),
    _put({}),
    _put(0),
    _put(-1),
    _put(True),
    _put(1e308),
    _put(10**30),
    _put([None, 7, "x"]),
    _put({"name": {"name": []}}),
    _put(lambda chance: chance.choice(ODD_TEXTS)),
    _put(lambda chance: "x" * HUGE if chance.random() < 0.1 else "y" * 5000),
    _put(_deep),
)


def _cut(text, chance):
    return text[: chance.randrange(len(text))]


def _strike(text, chance):
    at = chance.randrange(len(text))
    return text[:at] + chance.choice('"{}[]:,\\\x00é7') + text[at + 1 :]


def _bare_numbers(text, chance):
    return text.replace("null", chance.choice(("NaN", "Infinity", "-Infinity")), 1)


def _as_text(text, chance):
    return json.dumps(text)


def _too_deep(text, chance):
    return "[" * 100_000


def _marked(text, chance):
    return "\ufeff" + text


TEXT_DAMAGES = (_cut, _cut, _strike, _strike, _bare_numbers, _as_text, _marked, _too_deep)


def many(events, count, seed):
    """Yield (name, damaged text) ``count`` times, each event as often."""
    chance, names = Random(seed), sorted(events)
    for number in range(count):
        name = names[number % len(names)]
        yield name, damaged(events[name], chance)

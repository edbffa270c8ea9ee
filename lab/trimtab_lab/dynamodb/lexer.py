"""Expression text to tokens."""

import re
from typing import NamedTuple

from trimtab_lab.dynamodb.faults import invalid

EXPRESSION_BYTES_MAX = 4096  # Developer Guide, "Quotas in Amazon DynamoDB" (read 2026-11-22)
_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<name>\#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<index>[0-9]+)|(?P<sign><=|>=|<>|[=<>()\[\],.+-]))"
)


class Token(NamedTuple):
    """One token: its kind (``word`` ``name`` ``value`` ``index`` ``sign`` ``end``) and text."""

    kind: str
    text: str


class Tokens:
    """The tokens of one expression and the place that the parser has reached."""

    def __init__(self, text: str, parameter: str) -> None:
        self.parameter = parameter
        if not text.strip():
            raise self.error("The expression can not be empty;")
        if len(text.encode()) > EXPRESSION_BYTES_MAX:
            raise self.error("Expression size has exceeded the maximum allowed size;")
        self._tokens = self._split(text.rstrip())
        self._at = 0
        self.names: set[str] = set()
        self.values: set[str] = set()
        self.roots: set[str] = set()  # first steps of the document paths

    def _split(self, text: str) -> list[Token]:
        tokens, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                near = text[max(at - 5, 0) : at + 10].strip()
                raise self.error(f'Syntax error; token: "{text[at:].strip()[:1]}", near: "{near}"')
            tokens.append(Token(match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return [*tokens, Token("end", "<EOF>")]

    def error(self, message: str) -> Exception:
        """Return a ValidationException that names the parameter."""
        return invalid(f"Invalid {self.parameter}: {message}")

    def syntax_error(self) -> Exception:
        """Return the error for a token that cannot stand here."""
        around = self._tokens[max(self._at - 1, 0) : self._at + 2]
        near = " ".join(token.text for token in around if token.kind != "end")
        return self.error(f'Syntax error; token: "{self.peek.text}", near: "{near}"')

    @property
    def peek(self) -> Token:
        """The next token."""
        return self._tokens[self._at]

    def after(self) -> Token:
        """Return the token after the next one."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Take the next token."""
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        if token.kind == "name":
            self.names.add(token.text)
        elif token.kind == "value":
            self.values.add(token.text)
        return token

    def take(self, sign: str) -> bool:
        """Take the next token if it is ``sign``."""
        if self.peek == ("sign", sign):
            self.next()
            return True
        return False

    def take_word(self, word: str) -> bool:
        """Take the next token if it is the keyword ``word``, in any case."""
        token = self.peek
        if token.kind == "word" and token.text.upper() == word:
            self.next()
            return True
        return False

    def need(self, sign: str) -> None:
        """Take ``sign`` or refuse the expression."""
        if not self.take(sign):
            raise self.syntax_error()

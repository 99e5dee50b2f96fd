"""Finds secrets in text: keys, client secrets, tokens, passwords, card numbers, e-mail addresses.

Note [Redaction takes linear time]
Clients control much of what is logged, so redaction must take linear time. Every pattern here
follows two rules, measured by `python -m tests.bench.redaction`. Unbounded repetition is possessive
and nothing after it can fail, so no scan is repeated; whatever can fail after a scan is bounded.
And every text is cut before it is matched.
"""

import re
from base64 import b64encode
from collections.abc import Iterator

REDACTED = "[redacted]"

LONGEST_TEXT = 2_000
"""Characters. No useful value in our logs is longer."""
LONGEST_TRACEBACK = 20_000
"""Characters. A longer traceback keeps its beginning and its end, which says what failed."""
_CUT_MARGIN = 200
"""Characters. Cutting a text can leave part of a secret at the cut, which no pattern finds. So
this many characters at the cut are removed after redaction."""

# A character, either literal or percent-encoded, up to four times.
_UNDERSCORE = "(?: _ | %(?:25){0,3}5f )"
_QUOTE = """(?: ["'] | %(?:25){0,3}2[27] )"""
_EQUALS = "(?: => | [:=] | %(?:25){0,3}3[ad] )"
_BRACKET = r"(?: \] | %(?:25){0,3}5d )"

SENSITIVE_NAME = r"""(?:
    passw(?:or)?d | passphrase | pwd | (?<![^\W_]) pass (?![^\W_]) | secret | token | credential
    | api[_-]?key | private[_-]?key | csrf | session[_-]?(?:id|key)
)"""
HEADER_NAME = r"(?: (?:proxy-)? authorization | (?:set-)? cookie )"

# Between a name and its value: `=`, `: `, `": "`, `'=>'`, or the comma between two quoted texts.
_ASSIGNMENT = rf"""(?:
    \\*+ {_QUOTE}?+ {_BRACKET}?+ \s*+ {_EQUALS} \s*+ | \\*+ ["'] \s*+ , \s*+ (?= b?["'] )
)"""
# Up to the closing quote or the end of the text. No alternative can fail after its first character.
_QUOTED = r"""(?:
    b?" (?: [^"\\] | \\(?s:.) )*+ ["\\]?+ | b?' (?: [^'\\] | \\(?s:.) )*+ ['\\]?+
    | \\" (?: (?!\\") (?s:.) )*+ (?: \\" )?+  # JSON within JSON
)"""


def _encode(*texts: str) -> Iterator[str]:
    """The base64 of each text at each of the three possible offsets. Three bytes become four
    characters; characters that also depend on neighboring bytes are left out."""
    for text in texts:
        for offset in range(3):
            whole = b64encode(bytes(offset) + text.encode() + bytes(3)).decode()
            yield whole[-(-offset * 8 // 6) : (offset + len(text)) * 8 // 6]


_ENCODED_KEYS = tuple(_encode("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "_secret_"))

# Secrets recognized by their name or prefix. An unquoted value ends where the next field of a form,
# a header or a dict begins.
_NAMED = re.compile(
    rf"""
    (?P<key>
        [sre]k {_UNDERSCORE} (?:test|live) {_UNDERSCORE} [\w*%]++ | (?<![a-z0-9]) [sr]k_ [\w*]++
        | whsec {_UNDERSCORE} [\w+/=%-]++ | (?: {"|".join(_ENCODED_KEYS)} ) [\w+/=-]*+
    )
    | (?P<client_secret> {_UNDERSCORE} secret {_UNDERSCORE} ) [^\s"'&,;<>(){{}}\\]++
    | (?P<header> {HEADER_NAME} {_ASSIGNMENT} ) (?: {_QUOTED} | [^\r\n"']*+ )
    | (?P<field>
        {SENSITIVE_NAME} [\w-]{{0,40}}+ {_ASSIGNMENT}
        | (?: \b | (?<=%5b) ) cv[cv]2?+ {_ASSIGNMENT}
      )
      (?: {_QUOTED} | \[ [^\]]*+ \]?+ | [^\s&,;"']++ )
    | (?P<scheme> \b (?: bearer (?:\s|%20)++ | basic (?:\s|%20)++ (?=\S{{8}})
                         | token (?:\s|%20)++ (?=\S{{16}}) ) )
      [\w.~+/=:-]++
    | (?P<userinfo>
        (?<=://) [^\s/@:]*+ : [^\s/]* (?=@)
        | (?<=%3a%2f%2f) [^\s/%]*+ %3a [^\s/%]*+ (?=%40)
      )
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Every match of `_NAMED` contains one of these. Searching for them first is eight times as fast.
_HINTS = (
    "k_", "%", "whsec_", "secret", "pass", "pwd", "token", "credential", "api", "private", "csrf",
    "session", "authorization", "cookie", "cvc", "cvv", "bearer", "basic", "://",
    *(key.lower() for key in _ENCODED_KEYS),
)  # fmt: skip

# What may separate two digits of a card number. Lists and fractions do not use the loose
# separators. With the strict ones, digits count as a card number only in a card's usual groups.
_ENCODED_GAP = r"""(?:
    %(?:20|2b|2c|2d|2e|2f|5f|c2%a0) | %e2%80%(?:8[b-f]|9[0-5]) | \\(?:u[0-9a-f]{4}|x[0-9a-f]{2})
)"""
_LOOSE = r"\s+\u002d\u00ad\u2010-\u2015\u200b-\u200f\u2060-\u2064\ufeff"
_STRICT = "._/,"

_NUMBERS = re.compile(
    rf"""
    # Kept, since they are our own ids and their digits can look like a card number.
    (?P<identifier>
        (?<![0-9a-f]) (?: [0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}} | [0-9a-f]{{32}} )
        (?![0-9a-f])
    )
    | (?P<hexadecimal> (?<![0-9a-f]) [0-9a-f]{{64,}}+ )  # the tokens of knox, and signatures
    | (?P<digits> \d (?: (?: {_ENCODED_GAP} | [{_LOOSE}{_STRICT}] ){{0,3}}+ \d ){{12,}}+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ENCODED_GAPS = re.compile(_ENCODED_GAP, re.IGNORECASE | re.VERBOSE)
_DIGIT_GROUP = re.compile(r"\d+")
_LOOSE_GAP = re.compile(f"[{_LOOSE}]*")

_CARD_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1), (4, 4, 5)}
# The lengths and prefixes of card numbers. They exclude, for example, a time in nanoseconds.
_CARD_NUMBER = re.compile(
    r"[456]\d{12,18} | 2[2-7]\d{14} | 220[0-4]\d{12,15} | 3[47]\d{13} | 3[0689]\d{12,17}"
    r"| 35\d{14,17} | 81\d{14,17}",
    re.VERBOSE,
)
_DOUBLED = str.maketrans("0123456789", "0246813579")

# Matches reversed text: what follows the @ is then the local part, so its beginning need not be
# guessed.
_EMAIL_BACKWARDS = re.compile(
    r"""(?<=[\w-]) (?P<at> @ | 04(?:52){0,3}% ) (?P<local> "[^"\n]*+" | [\w.!#$%*^|~+'-]++ )""",
    re.VERBOSE,
)


# PostgreSQL quotes the values of a row that breaks a rule, such as people's names.
_ROW = re.compile(r"\bDETAIL: [^\n]*+")


def redact_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Removes secrets. Cuts a text longer than `longest`."""
    if len(text) <= longest:
        return _redact(text)
    return f"{_redact(text[:longest])[:-_CUT_MARGIN][:longest]}… [{len(text)} characters]"


def redact_traceback(text: str) -> str:
    """Removes secrets. Keeps only the beginning and the end of a long traceback, and cuts a long
    line, such as an error's message that repeats what a client sent."""
    lines = text.split("\n")
    text = "\n".join(line if len(line) <= LONGEST_TEXT else redact_text(line) for line in lines)
    half = LONGEST_TRACEBACK // 2
    if len(text) <= 2 * half:
        return _redact(text)
    begin, end = _redact(text[:half])[:-_CUT_MARGIN], _redact(text[-half:])[_CUT_MARGIN:]
    return f"{begin}…\n[{len(text)} characters]\n…{end}"


def _redact(text: str) -> str:
    if "DETAIL: " in text:
        text = _ROW.sub(f"DETAIL: {REDACTED}", text)
    lower = text.lower()
    for hint in _HINTS:  # half the time of `any`
        if hint in lower:
            text = _NAMED.sub(_replace_named, text)
            break
    if len(text) >= 13:
        text = _NUMBERS.sub(_replace_number, text)
    if "@" in text or "40" in text:
        text = _EMAIL_BACKWARDS.sub(_mask_email, text[::-1])[::-1]
    return text


def _replace_named(match: re.Match[str]) -> str:
    group = match.lastgroup
    has_name = group in ("client_secret", "header", "field", "scheme")
    return f"{match[group]}{REDACTED}" if group and has_name else REDACTED


def _replace_number(match: re.Match[str]) -> str:
    if match.lastgroup == "digits":
        return _mask_card_numbers(match[0])
    return match[0] if match.lastgroup == "identifier" else REDACTED


def _mask_email(match: re.Match[str]) -> str:
    local = match["local"][::-1]
    if local.startswith('"'):
        return f"{match['at']}•••"
    name = local.lstrip("'")  # quotes from a Python repr
    if not name:
        return match[0]
    kept = local[: len(local) - len(name) + 1]
    return f"{match['at']}•••{kept[::-1]}"


def _mask_card_numbers(text: str) -> str:
    """Masks neighboring groups of digits that together form a card number."""
    plain = _ENCODED_GAPS.sub(lambda gap: " " * len(gap[0]), text)
    groups = list(_DIGIT_GROUP.finditer(plain))
    masked, position, first = "", 0, 0
    while first < len(groups):
        last = _find_card_number(plain, groups, first)
        if last is None:
            first += 1
            continue
        masked += text[position : groups[first].start()] + REDACTED
        position, first = groups[last].end(), last + 1
    return masked + text[position:]


def _find_card_number(text: str, groups: list[re.Match[str]], first: int) -> int | None:
    """The index of the last group of the longest card number that starts with group `first`."""
    digits, found, lengths, gaps = "", None, [], []
    for index in range(first, len(groups)):
        group = groups[index][0]
        if index > first:
            gaps.append(text[groups[index - 1].end() : groups[index].start()])
        lengths.append(len(group))
        # \d also matches the digits of other scripts.
        digits += group if group.isascii() else "".join(str(int(digit)) for digit in group)
        if len(digits) > 19:
            break
        if len(digits) >= 13 and _is_grouped(lengths, gaps) and is_card_number(digits):
            found = index
    is_fraction = found == first > 0 and text[groups[first].start() - 1] == "."
    return None if is_fraction else found


def _is_grouped(lengths: list[int], gaps: list[str]) -> bool:
    """Whether the groups form one number, rather than a list, a fraction or a date."""
    if all(map(_LOOSE_GAP.fullmatch, gaps)) or tuple(lengths) in _CARD_GROUPS:
        return True
    is_even = len(set(gaps)) == len(set(lengths[:-1])) == 1 and lengths[-1] <= lengths[0]
    return is_even and (len(lengths) > 2 or gaps[0] not in (".", ","))


def is_card_number(digits: str) -> bool:
    """Checks length, prefix and check digit (the Luhn algorithm, ISO/IEC 7812-1)."""
    if _CARD_NUMBER.fullmatch(digits) is None:
        return False
    singles, doubles = digits[::-1][::2], digits[::-1][1::2].translate(_DOUBLED)
    return (sum(map(int, singles)) + sum(map(int, doubles))) % 10 == 0

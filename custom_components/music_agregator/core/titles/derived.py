"""Works that are made of an album and bear its name: covers, films, interviews."""

from collections.abc import Iterable
import re

# What is another work wherever a title says it, and what only beside the album's name.
_ANYWHERE = re.compile(
    r"\b(?:lullab\w+|renditions?\b|8[- ]?bit\b|chiptunes?\b|music ?box\b|karaoke\b"
    r"|piano (?:covers?|version|solos?|tribute)|string quartet (?:tribute|plays)"
    r"|tribute to\b|backing tracks?\b|play ?along\b|documentary\b|making of\b"
    r"|behind the scenes\b|interviews?\b|image album\b|drama cd\b|audio ?drama\b"
    r"|audio commentary\b|(?:first|live|world|japan|concert) tour\b(?! edition)"
    r"|drumless\b|a ?cap+ella\b|rehearsals?\b|symphonic suite\b)"
)
_FOREIGN = re.compile(
    r"伴奏|カラオケ|インスト|반주|交響組曲|ピアノ・?ソロ|演唱会|演唱會|ライブ|ライヴ|콘서트"
    r"|现场版|現場版|オルゴール|ピアノカバー|ドラマcd|イメージ・?アルバム|トリビュート|钢琴|鋼琴"
    r"|翻唱|翻奏|八音盒|오르골"
)
_BESIDE = re.compile(
    r"\b(?:inst\.?|mr|covers?|piano|orchestral|symphonic|string quartet|commentary|tour|trailer|movie"
    r"|film|game|novel)\b|ピアノ|ドラマ|ツアー|피아노|커버"
)
_NONE = re.compile(r"\b(?:tour edition|cover art|covers? scans?|scans?,? covers?)\b")


def derived_word(
    text: str, own: Iterable[str], *, is_beside: bool = False
) -> str | None:
    """Return the word by which a title names a work that is made of an album.

    None if there is none, or if a name of the album has that word itself. `is_beside`:
    the text stands right beside the album's name.
    """
    if not text:
        return None
    plain = _NONE.sub(" ", text.lower())
    found = _ANYWHERE.search(plain)
    if found is None and not plain.isascii():
        found = _FOREIGN.search(plain)
    if found is None and is_beside:
        found = _BESIDE.search(plain)
    if found is None or any(found[0] in name.lower() for name in own):
        return None
    return found[0]

"""Works that are made of an album and bear its name: covers, films, interviews."""

from collections.abc import Iterable
import re

# What is another work wherever a title says it, and what only beside the album's name.
_ANYWHERE = re.compile(
    r"\blullab\w+|\brenditions?\b|\b8[- ]?bit\b|\bchiptunes?\b|\bmusic ?box\b|\bkaraoke\b"
    r"|\bpiano (?:covers?|version|solos?|tribute)|\bstring quartet (?:tribute|plays)"
    r"|\btribute to\b|\bbacking tracks?\b|\bplay ?along\b|\bdocumentary\b|\bmaking of\b"
    r"|\bbehind the scenes\b|\binterviews?\b|\bimage album\b|\bdrama cd\b|\baudio ?drama\b"
    r"|\baudio commentary\b|\b(?:first|live|world|japan|concert) tour\b(?! edition)"
    r"|\bdrumless\b|\ba ?cap+ella\b|\brehearsals?\b|\bpiano solos?\b|\bsymphonic suite\b"
    r"|伴奏|カラオケ|インスト|반주|交響組曲|ピアノ・?ソロ|演唱会|演唱會|ライブ|ライヴ|콘서트|现场版|現場版|オルゴール|ピアノカバー|ドラマCD|イメージ・?アルバム|トリビュート|钢琴|鋼琴|翻唱|翻奏|八音盒|오르골"
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
    found = _ANYWHERE.search(plain) or (_BESIDE.search(plain) if is_beside else None)
    if found is None or any(found[0] in name.lower() for name in own):
        return None
    return found[0]

"""Stories, as they are shown and played."""

from made_up import MARKUP, event
from music_agregator_toolkit import Player, Story, time_line

STORY = Story(
    [
        event(1, "fetching_metadata", quality="lossless", mode="automatic"),
        event(2, "checking_owned", artist="Ferro Mere", album=MARKUP),
        event(3, "fetching_metadata", "other", quality="any", mode="automatic"),
        event(4, "searching", queries=["ferro mere"]),
        event(5, "not_found", "other", reason="Nothing will do."),
    ]
)


def test_a_story_shows_itself() -> None:
    assert str(STORY).splitlines()[-1].endswith("not_found          Nothing will do.")
    assert MARKUP not in STORY._repr_html_()
    assert STORY._repr_mimebundle_()["text/plain"] == str(STORY)
    assert STORY.names == {"r": f"Ferro Mere - {MARKUP} (lossless)"}
    assert [one.seq for one in STORY[1:3]] == [2, 3]
    assert isinstance(STORY[1:3], Story)
    assert STORY[-1].status == "not_found"
    assert {run: last.seq for run, last in STORY.last.items()} == {"r": 4, "other": 5}
    assert time_line(STORY, STORY.names).png.startswith(b"\x89PNG")
    formula = {"r": r"$\nonsense^", "other": "a $5 record, and $6 more"}
    assert time_line(STORY, formula).png.startswith(b"\x89PNG")
    assert time_line([], {}).png.startswith(b"\x89PNG")


def test_many_runs_are_more_than_a_picture_holds() -> None:
    many = Story([event(n, "searching", f"run{n}") for n in range(1, 301)])
    assert str(time_line(many, {})) == "300 events of 300 runs, the last 60 shown."
    assert len(many.standing.rows) == 100


def test_a_story_is_played_event_by_event() -> None:
    player = Player(STORY)
    assert "Event 5" in player.shown.value
    assert "not_found" in player.shown.value
    player.slider.value = 1
    assert "Event 2" in player.shown.value
    assert "checking_owned" in player.shown.value
    assert "not_found" not in player.shown.value
    assert MARKUP not in player.shown.value
    assert "no events" in Player(Story(())).shown.value

"""Words that mean an earlier picture, and words that ask for a picture to be found rather than drawn."""

from training.scenes.edits import ORDINAL
from training.scenes.graph import Scene
from training.scenes.lexicon import PLACE_WORDS
from training.scenes.phrases import choose, objects
from training.scenes.streams import Stream

FINDING = (
    "Find me a picture of {x}", "find {x}", "Is there a picture of {x} in the gallery?", "search for {x}", "look for {x}", "Do you have {x} already?",
    "pick one with {x} from your collection", "show me one you already have of {x}", "Look up {x}", "get {x} from the gallery",
    "search the gallery for {x}", "which pictures of {x} are there? Show one", "find an existing picture with {x}", "from your album: {x}",
    "have you got {x} somewhere in your collection?", "choose a ready picture of {x}", "dig out {x}", "fetch {x} from the album",
    "is {x} among your pictures?",
)
POINTING = (
    "the {o} one", "the {o} picture", "go back to the {o} one", "back to the {o} picture", "show the {o} again", "the {k} one",
    "the picture with the {k}",
    "the one with the {k}", "go back to the {k}", "the {k} again", "back to the {k} picture", "remember the {k}?", "the {k} from before",
    "take the {k} picture", "the one {p}", "the picture {p}", "return to the {k}",
)


def finding(r: Stream, scene: Scene, held: bool = False) -> str:
    return choose(r, FINDING, held).format(x=objects(r, scene))


def pointed(r: Stream, index: int, scenes: list[Scene], held: bool = False) -> str:
    """Words for the picture `index` among `scenes` that fit no other."""
    scene = scenes[index]
    others = [s for i, s in enumerate(scenes) if i != index]
    while True:
        form = choose(r, POINTING, held)
        kind = r.pick(scene["things"])["kind"]
        if "{k}" in form and any(t["kind"] == kind for s in others for t in s["things"]):
            continue
        if "{p}" in form and any(s["place"] == scene["place"] for s in others):
            continue
        ordinal = "last" if index == len(scenes) - 1 and r.chance(0.5) else ORDINAL[index]
        return form.format(o=ordinal, k=kind, p=choose(r, PLACE_WORDS[scene["place"]], held))

"""The 64 kinds: art, words, size, where they may stand and how they take colour. Never holds pictures."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["ground", "sky"]


@dataclass(frozen=True)
class Kind:
    """One thing that can be in a scene. `art` is the code point of its sprite; `height` is in picture sides when beside others.

    `tint` says which pixels take a colour: "hue" the dominant hue, "grey" the unsaturated ones, a number the hue in
    degrees, None for art that keeps its own colours. `own` names the colour the art already has, if it has one.
    """

    name: str
    art: str
    words: tuple[str, ...]
    height: float
    tint: Literal["hue", "grey"] | int | None = "hue"
    own: str | None = None
    role: Role = "ground"
    plural: str = ""
    perch: float | None = None
    canopy: bool = False
    rider: bool = False


def animal(name: str, art: str, height: float, tint: Literal["hue", "grey"] | int | None = "hue", *words: str,
           own: str | None = None, plural: str = "", perch: float | None = None, rider: bool = True) -> Kind:
    return Kind(name, art, (name, *words), height, tint, own, "ground", plural, perch, False, rider)


def thing(name: str, art: str, height: float, tint: Literal["hue", "grey"] | int | None = "hue", *words: str,
          own: str | None = None, plural: str = "", perch: float | None = None, canopy: bool = False, rider: bool = False) -> Kind:
    return Kind(name, art, (name, *words), height, tint, own, "ground", plural, perch, canopy, rider)


def flyer(name: str, art: str, height: float, tint: Literal["hue", "grey"] | int | None = "hue", *words: str, own: str | None = None,
          plural: str = "") -> Kind:
    return Kind(name, art, (name, *words), height, tint, own, "sky", plural)


KINDS: tuple[Kind, ...] = (
    animal("cat", "1f408", 0.36, "hue", "kitten", "kitty"),
    animal("dog", "1f415", 0.36, "hue", "puppy", "doggy"),
    animal("rabbit", "1f407", 0.36, "grey", "bunny"),
    animal("elephant", "1f418", 0.40, "grey", perch=0.03, rider=False),
    animal("bird", "1f426", 0.34, "hue", "birdie", own="red"),
    animal("turtle", "1f422", 0.27, "hue", "tortoise", own="green", perch=0.02),
    animal("dinosaur", "1f995", 0.42, "hue", "dino", own="green"),
    animal("pig", "1f416", 0.30, "hue", "piggy", "piglet", own="pink", perch=0.12),
    animal("snail", "1f40c", 0.32),
    animal("penguin", "1f427", 0.38, "hue"),
    animal("owl", "1f989", 0.38),
    animal("fox", "1f98a", 0.32, "hue", own="orange", plural="foxes"),
    animal("bear", "1f43b", 0.32),
    animal("lion", "1f981", 0.34, 25),
    animal("frog", "1f438", 0.30, "hue", own="green"),
    animal("horse", "1f40e", 0.40, "hue", "pony", plural="horses", rider=False),
    animal("cow", "1f404", 0.36, "grey", rider=False),
    animal("sheep", "1f411", 0.34, "grey", "lamb", plural="sheep", perch=0.06),
    animal("giraffe", "1f992", 0.48, None, rider=False),
    animal("zebra", "1f993", 0.40, None, rider=False),
    animal("kangaroo", "1f998", 0.38, rider=False),
    animal("hedgehog", "1f994", 0.30),
    animal("mouse", "1f401", 0.28, "grey", plural="mice"),
    animal("duck", "1f986", 0.32, "grey"),
    animal("flamingo", "1f9a9", 0.42, "hue", own="pink", rider=False),
    animal("rooster", "1f413", 0.36, None, "cockerel"),
    animal("crab", "1f980", 0.28, "hue", own="red"),
    animal("octopus", "1f419", 0.32, "hue", plural="octopuses"),
    thing("teddy bear", "1f9f8", 0.36, "hue", "teddy", rider=True),
    thing("snowman", "2603-fe0f", 0.38, None, plural="snowmen", rider=True),
    thing("robot", "1f916", 0.33, "grey", rider=True),
    thing("car", "1f697", 0.27, "hue", "automobile", own="red", perch=0.02),
    thing("bus", "1f68c", 0.30, 40, "coach", own="orange", plural="buses", perch=0.02),
    thing("truck", "1f69a", 0.30, 40, "lorry", own="yellow", perch=0.02),
    thing("tractor", "1f69c", 0.34, "hue", own="green"),
    thing("train", "1f682", 0.34, None, "locomotive"),
    thing("bicycle", "1f6b2", 0.32, 345, "bike"),
    thing("boat", "26f5", 0.38, 40, "sailboat"),
    flyer("balloon", "1f388", 0.34, "hue", own="red"),
    flyer("kite", "1fa81", 0.30, None),
    flyer("star", "2b50", 0.22, "hue", own="yellow"),
    flyer("airplane", "2708-fe0f", 0.26, "grey", "plane", "aeroplane"),
    flyer("butterfly", "1f98b", 0.24, 10, own="orange", plural="butterflies"),
    flyer("bee", "1f41d", 0.22, None, "bumblebee"),
    flyer("rocket", "1f680", 0.30, "hue", "spaceship", own="red"),
    thing("house", "1f3e0", 0.46, 25, "cottage", "home"),
    thing("castle", "1f3f0", 0.48, "grey", "palace"),
    thing("tent", "26fa", 0.36, "hue", own="green"),
    thing("tree", "1f333", 0.50, "hue", own="green", canopy=True),
    thing("pine", "1f332", 0.50, "hue", "pine tree", "fir tree", own="green"),
    thing("palm", "1f334", 0.50, None, "palm tree", canopy=True),
    thing("cactus", "1f335", 0.40, "hue", own="green", plural="cacti"),
    thing("flower", "1f337", 0.36, "hue", "tulip", own="pink"),
    thing("sunflower", "1f33b", 0.40, None),
    thing("mushroom", "1f344", 0.36, "hue", "toadstool", own="red", perch=0.03, rider=True),
    thing("umbrella", "2602-fe0f", 0.40, "hue", "parasol", own="purple", canopy=True),
    thing("gift", "1f381", 0.32, "hue", "present", own="red", perch=0.16, rider=True),
    thing("cake", "1f382", 0.33, "hue", "birthday cake", perch=0.2, rider=True),
    thing("chair", "1fa91", 0.38),
    thing("apple", "1f34e", 0.26, "hue", own="red", rider=True),
    thing("ball", "26bd", 0.26, "hue", "football", own="blue", perch=0.0, rider=True),
    thing("drum", "1f941", 0.28, 345, own="red", perch=0.16),
    thing("pumpkin", "1f383", 0.30, "hue", own="orange", perch=0.16, rider=True),
    thing("box", "1f4e6", 0.30, "hue", "crate", plural="boxes", perch=0.04),
)
KIND: dict[str, Kind] = {kind.name: kind for kind in KINDS}

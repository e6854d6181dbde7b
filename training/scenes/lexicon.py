"""The words for places, hours, weathers and colours. The last phrase of each list is kept from training, for tests."""

PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "meadow": ("in a meadow", "on the grass", "in a green field", "on a meadow", "in the meadow", "in a grassy field", "in the park",
               "on a green hill", "on a lawn", "in a pasture"),
    "beach": ("on the beach", "by the sea", "on the sand", "at the seaside", "at the beach", "by the ocean", "on the shore", "near the sea",
              "on a sandy beach", "on the coast"),
    "snow": ("in a snowy field", "on a snowy hill", "in a snowy land", "in the snow", "on the white snow", "in a winter landscape",
             "on snowy ground", "in a field of snow", "in the winter", "in a frozen land"),
    "city": ("in the city", "on a city street", "in town", "in front of tall buildings", "on the street", "on the road", "downtown",
             "in a big city", "in the middle of the city", "between skyscrapers"),
    "forest": ("in the forest", "in the woods", "among the trees", "in a forest", "deep in the woods", "in the dark forest", "in a pine forest",
               "in front of the forest", "at the edge of the woods", "in a woodland"),
    "desert": ("in the desert", "on the dunes", "in a desert", "on a sand dune", "in the hot desert", "on the dry sand of the desert",
               "in a sandy desert", "among the dunes", "out in the desert", "in the Sahara"),
    "mountains": ("in the mountains", "by the mountains", "in front of the mountains", "near the mountains", "below the peaks",
                  "in a mountain valley", "at the foot of a mountain", "high in the mountains", "up in the mountains", "in the Alps"),
    "farm": ("on a farm", "on the farm", "at the farm", "in a farm field", "near the barn", "by a red barn", "in front of a barn",
             "on the ploughed field", "in the farmyard", "on a ranch"),
}
TIME_WORDS: dict[str, tuple[str, ...]] = {
    "day": ("during the day", "in the daytime", "by day", "on a bright day", "in the morning", "at noon", "in the afternoon", "in broad daylight"),
    "sunset": ("at sunset", "in the evening", "at dusk", "as the sun goes down", "at sundown", "under an orange sky", "in the evening light", "at twilight"),
    "night": ("at night", "under the moon", "by moonlight", "in the dark night", "at midnight", "under the stars", "late at night", "on a starry night"),
}
WEATHER_WORDS: dict[str, tuple[str, ...]] = {
    "clear": ("under a clear sky", "in clear weather", "on a dry day", "in nice weather", "with no clouds of rain"),
    "rain": ("in the rain", "while it rains", "on a rainy day", "while it is raining", "in rainy weather", "in a rainstorm", "in a downpour"),
    "snow": ("while it snows", "as snow falls", "in a snowstorm", "while it is snowing", "in falling snow", "on a snowy day", "in a blizzard"),
}
TIME_SENTENCES: dict[str, tuple[str, ...]] = {
    "day": ("It is day", "It is a bright day", "It is morning"), "sunset": ("It is evening", "The sun is going down", "It is sunset"),
    "night": ("It is night", "It is dark", "The moon is out"),
}
WEATHER_SENTENCES: dict[str, tuple[str, ...]] = {
    "clear": ("The weather is nice", "The sky is clear"), "rain": ("It is raining", "It rains", "Rain is falling"),
    "snow": ("It is snowing", "It snows", "Snow is falling"),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "bright red", "crimson", "scarlet"), "orange": ("orange", "bright orange", "tangerine"),
    "yellow": ("yellow", "bright yellow", "golden", "lemon yellow"), "green": ("green", "bright green", "dark green", "emerald"),
    "blue": ("blue", "bright blue", "dark blue", "azure"), "purple": ("purple", "violet", "lilac", "lavender"),
    "pink": ("pink", "light pink", "hot pink", "rosy"), "black": ("black", "dark black", "jet black", "coal black"),
}
ADJECTIVES = ("little", "big", "small", "happy", "cute", "tiny", "nice", "friendly", "old", "funny", "lovely", "lonely", "sweet", "large")
NUMBERS = {2: ("two", "two", "2", "a pair of", "a couple of"), 3: ("three", "three", "3", "a trio of", "a group of three")}
DOING = ("", "", "", "standing", "sitting", "resting", "waiting", "playing", "sleeping", "walking")

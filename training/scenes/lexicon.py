"""The words for places, hours, weathers and colours. The last phrase of a place, an hour or a weather is kept for tests."""

PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "meadow": ("in a meadow", "on the grass", "in a green field", "on a meadow", "in the meadow", "in a grassy field", "in the park",
               "on a green hill", "on a lawn", "on the lawn", "on green grass", "in the grass",
               "in the green fields", "on a village green", "in a pasture", "in the middle of a green meadow"),
    "beach": ("on the beach", "by the sea", "on the sand", "at the seaside", "at the beach", "by the ocean", "on the shore", "near the sea",
              "on a sandy beach", "at the sea", "by the waves", "next to the ocean", "by the water", "on a beach", "on the coast",
              "on the sand by the ocean"),
    "snow": ("in a snowy field", "on a snowy hill", "in a snowy land", "in the snow", "on the white snow", "in a winter landscape",
             "on snowy ground", "in a field of snow", "in the winter", "in winter", "on the ice", "with snow on the ground",
             "in a snow-covered land",
             "where everything is covered in snow", "in a frozen land", "on a hill of white snow"),
    "city": ("in the city", "on a city street", "in town", "in front of tall buildings", "on the street", "on the road", "downtown",
             "in a big city", "in the middle of the city", "in a city", "in the town", "on a road", "among tall houses", "by the skyscrapers",
             "in the streets", "between skyscrapers", "on a street of the city"),
    "forest": ("in the forest", "in the woods", "among the trees", "in a forest", "deep in the woods", "in the dark forest", "in a pine forest",
               "in front of the forest", "at the edge of the woods", "in the wood", "in a wood", "between the trees", "in the wild woods",
               "in a woodland", "between the trees of the forest"),
    "desert": ("in the desert", "on the dunes", "in a desert", "on a sand dune", "in the hot desert", "on the dry sand of the desert",
               "in a sandy desert", "among the dunes", "out in the desert", "in a hot dry land", "in the dunes", "on desert sand",
               "in the Sahara", "on the sand of the desert"),
    "mountains": ("in the mountains", "by the mountains", "in front of the mountains", "near the mountains", "below the peaks",
                  "in a mountain valley", "at the foot of a mountain", "high in the mountains", "up in the mountains", "on a mountain",
                  "in front of high peaks", "with mountains behind", "below snowy peaks", "in the Alps", "near the foot of the mountains"),
    "farm": ("on a farm", "on the farm", "at the farm", "in a farm field", "near the barn", "by a red barn", "in front of a barn",
             "on the ploughed field", "in the farmyard", "on farmland", "beside the barn", "at a farm", "on a brown field", "on a ranch",
             "in front of the barn on the farm"),
}
TIME_WORDS: dict[str, tuple[str, ...]] = {
    "day": ("during the day", "in the daytime", "by day", "on a bright day", "in the morning", "at noon", "in the afternoon", "in the sunshine",
            "in the sun", "under a blue sky",
            "early in the day", "at midday", "this morning", "in broad daylight", "in the bright morning"),
    "sunset": ("at sunset", "in the evening", "at dusk", "as the sun goes down", "at sundown", "under an orange sky", "in the evening light",
               "this evening", "when the sun sets",
               "in the late evening sun", "while the sun is setting", "at nightfall", "in the dusk", "at twilight", "in the light of the evening"),
    "night": ("at night", "under the moon", "by moonlight", "in the dark night", "at midnight", "under the stars", "late at night",
              "in the middle of the night", "tonight",
              "on a starry night", "on a dark night", "in the moonlight", "after dark", "with the moon shining", "under a starry sky",
              "in the dark of the night"),
}
WEATHER_WORDS: dict[str, tuple[str, ...]] = {
    "clear": ("under a clear sky", "in clear weather", "on a dry day", "in nice weather", "without rain", "with no rain", "in fine weather",
              "on a nice day", "with no clouds of rain"),
    "rain": ("in the rain", "while it rains", "on a rainy day", "while it is raining", "in rainy weather", "in a rainstorm", "in a downpour",
             "in heavy rain", "on a wet day", "while it pours",
             "in the pouring rain", "getting wet in the rain", "during a storm of rain", "in a shower of rain", "while rain is falling"),
    "snow": ("while it snows", "as snow falls", "in a snowstorm", "while it is snowing", "in falling snow", "on a snowy day", "in a blizzard",
             "with snowflakes falling", "in heavy snow",
             "while snowflakes fall", "in a snow shower", "as it snows", "in a flurry of snow", "while the snow is falling"),
}
TIME_SENTENCES: dict[str, tuple[str, ...]] = {
    "day": ("It is day", "It is a bright day", "It is morning", "The sun shines", "It is daytime", "It is noon",
            "What a sunny day"), "sunset": ("It is evening", "The sun is going down", "It is sunset", "The sun sets", "It is getting late",
            "It is dusk",
               "The sky turns orange"),
    "night": ("It is night", "It is dark", "The moon is out", "The moon shines", "It is midnight", "Night has come", "The stars are out",
              "It is late at night"),
}
WEATHER_SENTENCES: dict[str, tuple[str, ...]] = {
    "clear": ("The weather is nice", "The sky is clear", "It is not raining", "There is no rain"), "rain": ("It is raining", "It rains",
              "Rain is falling", "It pours", "It is wet", "What a rainy day", "Everything gets wet"),
    "snow": ("It is snowing", "It snows", "Snow is falling", "Snowflakes fall", "What a snowy day", "Snow falls from the sky"),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "bright red", "crimson", "scarlet", "dark red", "ruby red"), "orange": ("orange", "bright orange", "tangerine",
            "orange coloured"),
    "yellow": ("yellow", "bright yellow", "golden", "lemon yellow", "gold", "sunny yellow"), "green": ("green", "bright green", "dark green",
               "emerald", "light green", "leaf green"),
    "blue": ("blue", "bright blue", "dark blue", "azure", "light blue", "sky blue", "navy blue"), "purple": ("purple", "violet", "lilac",
             "lavender", "dark purple", "light purple"),
    "pink": ("pink", "light pink", "hot pink", "rosy", "rose", "pale pink"), "black": ("black", "dark black", "jet black", "coal black",
             "pitch black", "very dark"),
}
ADJECTIVES = ("little", "big", "small", "happy", "cute", "tiny", "nice", "friendly", "old", "funny", "lovely", "lonely", "sweet", "large")
NUMBERS = {2: ("two", "two", "2", "a pair of", "a couple of"), 3: ("three", "three", "3", "a trio of", "a group of three")}
DOING = ("", "", "", "standing", "sitting", "resting", "waiting", "playing", "sleeping", "walking",
         "standing there", "looking at us", "all alone", "smiling", "having a rest")
FILLERS = ("My favourite", "Thank you", "How nice", "I love it", "Please", "Hello", "I was thinking of something", "That would be great",
           "Here is my idea",
           "For my little sister", "It is so pretty", "Just that")

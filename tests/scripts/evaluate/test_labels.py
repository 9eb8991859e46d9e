from scripts.evaluate.labels import label_photos
from scripts.evaluate.wordnet import WordNet, wordnet


def concept(wnid: int, key: str, *hypernyms: str) -> dict[str, object]:
    return {"wnid": f"n{wnid:08}", "key": key, "lemmas": [key.split("_n0")[0]], "hypernyms": list(hypernyms)}


# thing ─ animal ─ dog ─ terrier, hound; pet (above dog too)
SMALL = WordNet(
    [
        concept(1, "thing"),
        concept(2, "animal", "thing"),
        concept(3, "pet", "thing"),
        concept(4, "dog", "animal", "pet"),
        concept(5, "terrier", "dog"),
        concept(6, "hound", "dog"),
        concept(7, "cart_n00000007", "thing"),
    ]
)


def names(**counts: int) -> dict[str, str]:
    """`{id: file name}` of so many photos of each concept, by its number."""
    return {
        f"{wnid}-{number}": f"n{wnid[1:]:0>8}_whatever {number}.JPEG"
        for wnid, count in counts.items()
        for number in range(count)
    }


def test_a_subfolder_or_the_beginning_of_the_name_is_the_label() -> None:
    photos = {"a": "cat.0.jpg", "b": "cat_1.jpg", "c": "sports_car/x/cat.2.jpg", "d": "sports_car/y.png", "e": "cat"}
    labels = label_photos(photos, SMALL)
    assert {id_: label.name for id_, label in labels.items()} == {
        "a": "cat",
        "b": "cat",
        "c": "sports_car",
        "d": "sports_car",
        "e": "cat",
    }
    assert labels["a"].photos == {"a", "b", "e"}
    assert labels["c"].words == "sports car"


def test_a_wordnet_id_counts_as_the_nearest_concept_with_ten_photos() -> None:
    labels = label_photos(names(c5=12, c6=3, c7=2), SMALL)
    assert labels["c5-0"].name == "terrier"
    assert labels["c6-0"].name == "dog"  # 15 dogs, but 3 hounds only
    assert labels["c7-0"].name == "thing"
    # a terrier is a dog, and everything a thing
    assert len(labels["c5-0"].photos) == 12 and len(labels["c6-0"].photos) == 15 and len(labels["c7-0"].photos) == 17


def test_of_equally_near_concepts_the_one_with_the_fewest_photos_counts() -> None:
    labels = label_photos({**names(c2=9, c3=20), **names(c4=2)}, SMALL)
    assert labels["c4-0"].name == "animal"  # 11 of them; 22 pets are as near


def test_a_folder_of_few_photos_keeps_its_classes_and_calls_them_by_their_words() -> None:
    labels = label_photos(names(c7=2), SMALL)
    assert (labels["c7-0"].name, labels["c7-0"].words, len(labels["c7-0"].photos)) == ("cart_n00000007", "cart", 2)


def test_folders_may_be_named_by_wordnet_id_and_unknown_ids_are_plain_labels() -> None:
    photos = {str(number): f"n00000005/{number}.jpg" for number in range(10)} | {"x": "n99999999_x.jpg"}
    labels = label_photos(photos, SMALL)
    assert labels["0"].name == "terrier" and labels["x"].name == "n99999999"


def test_the_real_wordnet_knows_what_is_above_a_tabby() -> None:
    levels = list(wordnet().levels("n02123045"))
    assert levels[0] == {"tabby"}
    assert {"cat", "feline", "carnivore"} <= wordnet().above("n02123045")
    assert "dog" not in wordnet().above("n02123045")
    assert wordnet().words("sports_car") == "sports car"
    # each once, though there are several ways up
    assert sum(map(len, levels)) == len(wordnet().above("n02123045"))

from benchmarks.sentences import choose_few
from isogloss.corpora import Sentence


def test_the_few_are_on_average_as_long_as_all() -> None:
    lengths = [90, 10, 12, 14, 30, 31, 35, 50]
    sentences = [Sentence("eng", str(place), "text") for place in range(len(lengths))]
    # Groups 10 12, 14 30, 31 35, 50 90: the first nearest to each mean.
    chosen = choose_few(sentences, lengths, 4)
    assert [sentence.sentence_id for sentence in chosen] == ["1", "3", "5", "7"]
    # Groups 10 12 14 30 (mean 16.5) and 31 35 50 90 (51.5).
    assert [one.sentence_id for one in choose_few(sentences, lengths, 2)] == ["3", "7"]
    assert choose_few(sentences[:2], lengths[:2], 4) == [sentences[1], sentences[0]]

"""Learn, Words and shapes."""


def texts(page) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.info, *page.error))


def test_words_are_listed_and_searched(open_page) -> None:
    page = open_page("learn", part="words")
    assert "**Convergence**" in texts(page)
    page.text_input(key="words_search").set_value("reverse-mode").run()
    assert not page.exception
    assert "**Reverse-mode differentiation**" in texts(page)
    assert "**Convergence**" not in texts(page)
    page.text_input(key="words_search").set_value("zebra").run()
    assert "No word here has “zebra” in it." in texts(page)


def test_shapes_follow_the_chosen_network(open_page) -> None:
    page = open_page("learn", part="words")
    assert "**784-20-10** has **15,910** weights and biases" in texts(page)
    page.text_input(key="words_widths").set_value("32,16").run()
    page.number_input(key="words_batch").set_value(5).run()
    assert not page.exception
    rows = {row["Array"]: row for frame in page.dataframe for _, row in frame.value.iterrows()}
    assert rows["layers.1.weight"]["Shape"] == "(16, 32)"
    assert rows["a2"]["Shape"] == "(5, 16)"
    assert rows["a2"]["In the series"] == "A2 (16, 5) (transposed)"


def test_widths_that_are_none_get_one_sentence(open_page) -> None:
    page = open_page("learn", part="words")
    page.text_input(key="words_widths").set_value("wide").run()
    assert not page.exception
    assert len(page.error) == 1


def test_a_word_leads_to_the_question_that_shows_it(open_page) -> None:
    page = open_page("learn", part="words")
    page.button(key="word_Adam").click().run()
    assert not page.exception
    assert page.selectbox(key="question").value == 11

"""The entry script: navigation and nothing else."""

# A worker process that replaces a killed one imports this file as its main module: it must then do nothing.
if __name__ == "__main__":
    from ui.live.history import keep_history
    from ui.live.notice import say_if_plain
    from ui.live.share import show_share
    from ui.live.translation import bear_translation
    from ui.shell.navigation import navigate

    bear_translation()
    keep_history()
    say_if_plain()
    navigate(show_share)

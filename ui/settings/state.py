"""What a session keeps of the settings beside their widgets."""

from dataclasses import dataclass


@dataclass
class SettingsState:
    """The run whose weights the next training begins with; empty for fresh ones."""

    start_from: str = ""

"""RPCs of the emulated router: `dispatch` routes a request to its handler; `reply` builds what goes back."""

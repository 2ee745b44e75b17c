"""Open metadata itself: types, elements, relationships, and the stores that hold them."""

"""Pictures of a round's judging as plain shapes: pure geometry in, dataclasses out; a template draws them."""

"""The storybook model's training: scenes from art, then one resumable stage after another."""

"""The verbs: pure functions, text in, facts out. No Beam, network, clock or randomness."""

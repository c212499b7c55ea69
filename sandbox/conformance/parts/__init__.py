"""The parts of the world that stand on each other, from the network up; `sandbox.conformance.world` has the rest."""

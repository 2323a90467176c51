"""Records, files, config, errors, manifests: what every stage stands on. No network, no torch."""

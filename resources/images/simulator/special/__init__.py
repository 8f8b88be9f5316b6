"""What is not a plain image: cubes, spectra of slits and fibres, polarised beams, the infrared."""

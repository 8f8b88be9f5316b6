"""Parts cut out of images, as SODA asks for them."""

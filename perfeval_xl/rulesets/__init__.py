"""Rule sets as data: one TOML file per issuer, form and year, and the loader that checks them."""

"""Pure and total: data in, decision with a reason out."""

"""The numbers along a curve, one engine a file: misfit, penalty and degrees of freedom."""

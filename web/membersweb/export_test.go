package membersweb

// Text is what the pages say, for the test that it is complete.
var Text = text

// MeText is what the pages of a person's own account say.
var MeText = meText

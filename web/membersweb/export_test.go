package membersweb

// Text is what the pages say, for the test that it is complete.
var Text = text

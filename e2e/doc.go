// Package e2e drives the whole program in a browser: people at registers, boards and headquarters, on
// several replicas. Its tests have the build tag e2e; make e2e runs them and keeps the pictures in
// test-results.
package e2e

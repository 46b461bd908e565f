using System.Runtime.Versioning;

// File modes, Unix signals and a choice of cipher suites are promises of this server, and Windows keeps none of them.
[assembly: UnsupportedOSPlatform("windows")]

using Bailiwick.Storage.Tests;

// The crash tests start this executable again; then it is the process to be killed and no test run.
if (args is [CrashChild.Argument, var work, var folder]) return await CrashChild.RunAsync(work, folder);
return args.Any(a => a is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

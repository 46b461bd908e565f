#:property PublishAot=false

// The one entry point of a contributor and of a build server: ./dev COMMAND. It needs nothing but the .NET SDK to start.

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Xml.Linq;

try
{
    return args switch
    {
        ["test"] => Tests.RunAll(),
        ["test", var name] when name.Length > 0 && !name.StartsWith('-') => Tests.RunNamed(name),
        ["bench", .. var rest] when rest is not ["--help" or "-h"] => Benchmarks.Run(rest),
        ["fuzz"] => Tests.RunFuzz(),
        ["mutants", .. var rest] when rest is not ["--help" or "-h"] => Mutants.Run(rest),
        ["demo", .. var rest] => Demo.Run(rest),
        ["cluster", ..] => Fail(2, "./dev cluster is not yet part of this release."),
        ["--help" or "-h" or "help"] or [_, "--help" or "-h"] => Help(0),
        [] => Help(2),
        _ => Help(Fail(2, $"./dev does not know '{string.Join(' ', args)}'.")),
    };
}
catch (StopException stop)
{
    return Fail(1, stop.Message);
}

static int Fail(int exitCode, string message)
{
    Console.Error.WriteLine(message);
    return exitCode;
}

static int Help(int exitCode)
{
    (exitCode == 0 ? Console.Out : Console.Error).WriteLine("""
        usage: ./dev COMMAND

          test          install what the tests need where it is missing, build, run every test
          test NAME     run one test project (Edge or Edge.Tests), or the classes whose name contains NAME,
                        or the tests with a trait of that value (or NAME=VALUE)
          bench [NAME]  build and run the benchmarks; everything after 'bench' goes to them
          fuzz          the long random campaigns: 20,000 requests, 50,000 packets, 20 million decisions, 21,000 scenarios and every
                        change that one tenant could try on another, which are hours; BAILIWICK_FUZZ_SEED, BAILIWICK_POLICY_SEED, BAILIWICK_SCENARIO_SEED or
                        BAILIWICK_SWEEP_SEED replays one
          mutants       make mistakes in the permission core, one at a time, and tell which its tests do not find; --list lists them with
                        their numbers, and numbers make only those. 1 when fewer than nine in ten are found
          demo          build and serve an instance with a simulated fleet; ./dev demo --help says more
          --help        this text

        exit codes: 0 all passed, 1 a test, a build or a tool failed, 2 a command or a NAME that does not exist
        """);
    return exitCode;
}

/// <summary>Ends the command with exit code 1 and this one message.</summary>
internal sealed class StopException(string message) : Exception(message);

/// <summary>One project below tests/ that holds tests, and its built executable.</summary>
internal sealed record TestProject(string Name, string Folder)
{
    public string Assembly => Path.Combine(Folder, "bin", "Release", "net10.0", $"Bailiwick.{Name}.dll");
    public string Report => Path.Combine(Repository.Artifacts, "test-results", Name + ".xml");
    public bool UsesForeignClients => Name == "Compatibility.Tests";
}

/// <summary>One method with tests, as the runner lists it; traits are written name=value.</summary>
internal sealed record TestMethod(TestProject Project, string Class, string Method, string[] Traits)
{
    public bool Answers(string name) =>
        Class.Contains(name, StringComparison.OrdinalIgnoreCase)
        || Traits.Any(trait => trait.Equals(name, StringComparison.OrdinalIgnoreCase)
            || trait[(trait.IndexOf('=', StringComparison.Ordinal) + 1)..].Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What a report said, or what was wrong with the run; a run that went wrong is never green, whatever it counted.</summary>
/// <param name="Named">A line for each test that failed or was skipped: neither happens in silence.</param>
internal sealed record Outcome(int Passed, int Failed, int Skipped, string? Wrong, string[] Named)
{
    public static Outcome Broken(string wrong) => new(0, 0, 0, wrong, []);
    public bool Green => Failed == 0 && Wrong is null;
    public string Counts => string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed, {Skipped} skipped");
}

internal static class Tests
{
    // A project that takes longer hangs: the slowest takes a few minutes on two cores, and the longest campaign some two hours.
    private static readonly TimeSpan ProjectTimeMax = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan CampaignTimeMax = TimeSpan.FromHours(6);

    // What each campaign's length is set by, where nobody has set it. Scenarios are played on one silo, and as many on two.
    private static readonly (string Setting, string Length)[] Campaigns =
    [
        ("BAILIWICK_FUZZ_REQUESTS", "20000"), ("BAILIWICK_FUZZ_PACKETS", "50000"), ("BAILIWICK_POLICY_DECISIONS", "20000000"),
        ("BAILIWICK_SWEEP_SHARE", "1"), ("BAILIWICK_SCENARIOS", "10000"), ("BAILIWICK_REST_SCENARIOS", "1000"),
    ];

    public static int RunAll()
    {
        var projects = Repository.TestProjects();
        ForeignTools.Install();
        Repository.Build(Repository.Solution);
        return Report([.. projects.Select(project => (project, Run(project, [], ProjectTimeMax)))]);
    }

    public static int RunNamed(string name) => RunNamed(name, ProjectTimeMax);

    private static int RunNamed(string name, TimeSpan longest, params string[] toRunner)
    {
        var projects = Repository.TestProjects();
        var project = projects.FirstOrDefault(candidate =>
            candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || candidate.Name.Equals(name + ".Tests", StringComparison.OrdinalIgnoreCase));
        Repository.Build(project is null ? Repository.Solution : project.Folder);

        TestMethod[] listed = [.. (project is null ? projects : [project]).SelectMany(List)];
        TestMethod[] chosen = project is null ? [.. listed.Where(method => method.Answers(name))] : listed;
        if (chosen.Length == 0)
            return NothingMatches(name, projects, listed);
        if (chosen.Any(method => method.Project.UsesForeignClients))
            ForeignTools.Install();

        return Report([.. chosen
            .GroupBy(method => method.Project)
            .Select(group => (group.Key, Run(group.Key, [.. toRunner, .. group.Select(method => $"{method.Class}.{method.Method}").Distinct().SelectMany(method => new[] { "-method", method })], longest)))]);
    }

    public static int RunFuzz()
    {
        foreach (var (setting, length) in Campaigns)
            if (Environment.GetEnvironmentVariable(setting) is null)
                Environment.SetEnvironmentVariable(setting, length);
        return RunNamed("Fuzz", CampaignTimeMax, "-showLiveOutput");
    }

    private static List<TestMethod> List(TestProject project)
    {
        if (!File.Exists(project.Assembly))
            throw new StopException($"{project.Name}: the build made no {project.Assembly}. Is the project in {Repository.Solution}?");
        var (exitCode, output) = Tool.Capture(Tool.Dotnet, [project.Assembly, "-list", "full/json", "-noColor"]);
        if (exitCode != 0)
            throw new StopException($"{project.Name}: listing its tests ended with exit code {exitCode}.\n{output}");
        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement.EnumerateArray().Select(test => new TestMethod(
            project,
            test.GetProperty("Class").GetString()!,
            test.GetProperty("Method").GetString()!,
            test.TryGetProperty("Traits", out var traits)
                ? [.. traits.EnumerateObject().SelectMany(trait => trait.Value.EnumerateArray().Select(value => $"{trait.Name}={value.GetString()}"))]
                : []))];
    }

    // Everything where the runner is told of no methods.
    private static Outcome Run(TestProject project, string[] toRunner, TimeSpan longest)
    {
        if (!File.Exists(project.Assembly))
            return Outcome.Broken($"the build made no {project.Assembly}");
        Directory.CreateDirectory(Path.GetDirectoryName(project.Report)!);
        File.Delete(project.Report);
        Console.WriteLine();
        var exitCode = Tool.Run(
            Tool.Dotnet,
            [project.Assembly, "-noLogo", "-noColor", "-noAutoReporters", "-result-xml", project.Report, .. toRunner],
            project.Folder,
            longest);
        return exitCode is null
            ? Outcome.Broken($"stopped after {longest.TotalMinutes} minutes; the lines above name the last test that ended")
            : Read(project, exitCode.Value);
    }

    private static Outcome Read(TestProject project, int exitCode)
    {
        if (!File.Exists(project.Report))
            return Outcome.Broken($"no report at {project.Report}; the runner ended with exit code {exitCode}");
        XElement[] assemblies;
        try
        {
            assemblies = [.. XDocument.Load(project.Report).Descendants("assembly")];
        }
        catch (System.Xml.XmlException cut)
        {
            return Outcome.Broken($"the report at {project.Report} cannot be read ({cut.Message}); the runner ended with exit code {exitCode}");
        }
        if (assemblies.Length == 0)
            return Outcome.Broken($"the report at {project.Report} names no assembly; the runner ended with exit code {exitCode}");

        int Sum(string attribute) => assemblies.Sum(assembly => (int)assembly.Attribute(attribute)!);
        // A fixture that throws while it is disposed fails no test: the runner counts it as an error, we as a failure.
        var failed = Sum("failed") + Sum("errors");
        return new Outcome(
            Sum("passed"),
            failed,
            Sum("skipped"),
            exitCode != 0 && failed == 0 ? $"the runner ended with exit code {exitCode} although no test failed" : null,
            [.. Named("Fail", "failed"), .. Named("Skip", "skipped")]);

        IEnumerable<string> Named(string result, string word) =>
            assemblies.Descendants("test").Where(test => (string?)test.Attribute("result") == result).Select(test => $"{word}: {(string)test.Attribute("name")!}");
    }

    private static int Report((TestProject Project, Outcome Outcome)[] runs)
    {
        Console.WriteLine();
        foreach (var (project, outcome) in runs)
        {
            Console.WriteLine($"{project.Name,-24} {outcome.Wrong ?? outcome.Counts}");
            foreach (var test in outcome.Named)
                Console.WriteLine($"  {test}");
        }
        var total = new Outcome(runs.Sum(run => run.Outcome.Passed), runs.Sum(run => run.Outcome.Failed), runs.Sum(run => run.Outcome.Skipped), null, []);
        var ran = total.Passed + total.Failed > 0;
        if (!ran)
            Console.WriteLine("No test ran, which proves nothing.");
        var took = TimeProvider.System.GetLocalNow() - Process.GetCurrentProcess().StartTime;
        Console.WriteLine($"in {took:m\\:ss} minutes, what was built and installed included");
        Console.WriteLine(total.Counts);
        return ran && runs.All(run => run.Outcome.Green) ? 0 : 1;
    }

    private static int NothingMatches(string name, IEnumerable<TestProject> projects, TestMethod[] listed)
    {
        static string Lines(IEnumerable<string> names) => string.Concat(names.Distinct().Order(StringComparer.Ordinal).Select(line => $"\n  {line}"));
        Console.Error.WriteLine($"""
            No test matches '{name}'. There are
            projects:{Lines(projects.Select(project => project.Name))}
            classes:{Lines(listed.Select(method => method.Class))}
            traits:{Lines(listed.SelectMany(method => method.Traits))}
            """);
        return 2;
    }
}

internal static class Benchmarks
{
    public static int Run(string[] arguments)
    {
        var folder = Path.Combine(Repository.Root, "tests", "Benchmarks");
        Directory.CreateDirectory(Repository.Artifacts);
        if (!Tool.OnPath("gcc"))
            throw new StopException("The load generators need gcc: apt-get install gcc libc6-dev.");
        foreach (var source in Directory.GetFiles(Path.Combine(folder, "load"), "*.c"))
            if (Tool.Run("gcc", ["-O2", "-pthread", "-o", Path.Combine(Repository.Artifacts, Path.GetFileNameWithoutExtension(source)), source], Repository.Root) != 0)
                throw new StopException($"The load generator {source} did not compile.");
        Repository.Build(folder);
        return Tool.Run(Tool.Dotnet, [Path.Combine(folder, "bin", "Release", "net10.0", "Bailiwick.Benchmarks.dll"), .. arguments], Repository.Root) ?? 1;
    }
}

internal static class Mutants
{
    public static int Run(string[] arguments)
    {
        var folder = Path.Combine(Repository.Root, "eng", "Mutants");
        Repository.Build(folder);
        if (arguments is not ["--list"]) Repository.Build(Path.Combine(Repository.Root, "tests", "Grains.Tests"));
        return Tool.Run(Tool.Dotnet, [Path.Combine(folder, "bin", "Release", "net10.0", "Bailiwick.Mutants.dll"), .. arguments], Repository.Root) ?? 1;
    }
}

internal static class Demo
{
    public static int Run(string[] arguments)
    {
        var folder = Path.Combine(Repository.Root, "demo");
        Repository.Build(folder);
        return Tool.Run(Tool.Dotnet, [Path.Combine(folder, "bin", "Release", "net10.0", "Bailiwick.Demo.dll"), .. arguments], Repository.Root) ?? 1;
    }
}

internal static class Repository
{
    // ./dev changes to the folder that it lies in.
    public static readonly string Root = Directory.GetCurrentDirectory();
    public static readonly string Solution = Path.Combine(Root, "Orleans.sln");
    public static readonly string Artifacts = Path.Combine(Root, "artifacts");

    public static List<TestProject> TestProjects() =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(file => new TestProject(Path.GetFileNameWithoutExtension(file), Path.GetDirectoryName(file)!))
            .OrderBy(project => project.Name, StringComparer.Ordinal)];

    public static void Build(string what)
    {
        // A build server takes the packages of the lock files or none, and waits until no process is left that holds its output open.
        string[] unattended = Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? ["-p:RestoreLockedMode=true", "--disable-build-servers"] : [];
        if (Tool.Run(Tool.Dotnet, ["build", what, "-c", "Release", "--nologo", "-v", "minimal", "--tl:off", .. unattended], Root) != 0)
            throw new StopException($"The build of {Path.GetRelativePath(Root, what)} failed: no test was run.");
    }
}

/// <summary>The programs of others that Compatibility.Tests talks to, and how they come onto a bare Debian machine.</summary>
internal static class ForeignTools
{
    // Debian's Python packages serve Debian's Python, whatever other Python is first on the path.
    private static readonly (string Package, Func<bool> IsThere)[] Packages =
    [
        ("mosquitto", () => Tool.OnPath("mosquitto")),
        ("mosquitto-clients", () => Tool.OnPath("mosquitto_pub") && Tool.OnPath("mosquitto_sub")),
        ("strace", () => Tool.OnPath("strace")),
        ("python3-paho-mqtt", () => File.Exists("/usr/bin/python3") && Tool.Capture("/usr/bin/python3", ["-c", "import paho.mqtt.client"]).ExitCode == 0),
        ("openssl", () => Tool.OnPath("openssl")),
        ("gcc", () => Tool.OnPath("gcc")),
        // For systemd-analyze, which looks at the unit; nothing of it runs.
        ("systemd", () => Tool.OnPath("systemd-analyze")),
        ("libc6-dev", () => File.Exists("/usr/include/stdio.h")),
    ];

    public static void Install()
    {
        InstallDebianPackages();
        InstallNodePackages();
    }

    private static void InstallDebianPackages()
    {
        string[] missing = [.. Packages.Where(package => !package.IsThere()).Select(package => package.Package)];
        if (missing.Length == 0)
            return;

        string[] install = ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", .. missing];
        if (!Tool.OnPath("apt-get"))
            throw new StopException($"The tests need what Debian calls {string.Join(", ", missing)}. There is no apt-get here: install them in this system's way, then run ./dev test again.");
        if (!Environment.IsPrivilegedProcess)
            throw new StopException($"The tests need the Debian packages {string.Join(", ", missing)}. Run this as root, then ./dev test again: apt-get install -y --no-install-recommends {string.Join(' ', missing)}");

        Console.WriteLine($"Installing {string.Join(", ", missing)}");
        using (var quiet = new NoServiceStarts())
        {
            if (Tool.Run("apt-get", ["update"], "/") != 0 || Tool.Run("apt-get", install, "/") != 0)
                throw new StopException($"apt-get could not install {string.Join(", ", missing)}.");
            if (quiet.Interrupted)
                throw new StopException("Interrupted while packages were installed.");
        }
        // The tests start brokers of their own on free ports. The package's own would also start at the next boot, on port 1883.
        if (missing.Contains("mosquitto") && Tool.OnPath("systemctl"))
            Tool.Capture("systemctl", Directory.Exists("/run/systemd/system") ? ["disable", "--now", "mosquitto.service"] : ["disable", "mosquitto.service"]);
    }

    private static void InstallNodePackages()
    {
        var folder = Path.Combine(Repository.Root, "tests", "Compatibility.Tests");
        var wanted = new FileInfo(Path.Combine(folder, "package-lock.json"));
        var installed = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json"));
        if (!wanted.Exists || (installed.Exists && installed.LastWriteTimeUtc >= wanted.LastWriteTimeUtc))
            return;
        if (!Tool.OnPath("npm"))
            throw new StopException("The tests need Node.js 20 or later with npm on the path.");
        // Nothing that we use compiles at its installation, so no package gets to run a script here.
        if (Tool.Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder) != 0)
            throw new StopException($"npm ci failed in {folder}.");
    }
}

/// <summary>While it lives, packages that are installed start no service (Debian's policy-rc.d); a policy that is already there is left alone.</summary>
internal sealed class NoServiceStarts : IDisposable
{
    private const string PolicyFile = "/usr/sbin/policy-rc.d";
    private const string Policy = "#!/bin/sh\n# Put here by ./dev test while it installs packages, and safe to delete.\nexit 101\n";

    private readonly bool _ours;
    private readonly PosixSignalRegistration[] _signals = [];

    /// <summary>True once somebody asked this process to end: it does so when the policy is gone again.</summary>
    public bool Interrupted { get; private set; }

    public NoServiceStarts()
    {
        // One of ours that is still there outlived a killed run.
        _ours = !File.Exists(PolicyFile) || File.ReadAllText(PolicyFile) == Policy;
        if (!_ours)
            return;
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Interrupted = true;
        }))];
        File.WriteAllText(PolicyFile, Policy);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PolicyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    public void Dispose()
    {
        if (_ours)
            File.Delete(PolicyFile);
        foreach (var signal in _signals)
            signal.Dispose();
    }
}

internal static class Tool
{
    /// <summary>The same dotnet that runs this script.</summary>
    public static readonly string Dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Append("/sbin")
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program with our output and an empty input; null when it took longer than the limit and was killed.</summary>
    public static int? Run(string program, string[] arguments, string folder, TimeSpan? limit = null)
    {
        using var process = Start(program, arguments, folder, redirectOutput: false);
        if (process.WaitForExit(limit ?? Timeout.InfiniteTimeSpan))
            return process.ExitCode;
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return null;
    }

    /// <summary>Runs a program and returns what it wrote to its standard output; its errors are shown only where it fails.</summary>
    public static (int ExitCode, string Output) Capture(string program, string[] arguments)
    {
        using var process = Start(program, arguments, Repository.Root, redirectOutput: true);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + errors.Result);
    }

    private static Process Start(string program, string[] arguments, string folder, bool redirectOutput)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = redirectOutput,
            RedirectStandardError = redirectOutput,
        };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        // Tests start the built server by its own executable, which finds a runtime in a home folder only by this.
        if (!start.Environment.ContainsKey("DOTNET_ROOT") && Path.GetDirectoryName(Dotnet) is { Length: > 0 } home && Directory.Exists(Path.Combine(home, "host", "fxr")))
            start.Environment["DOTNET_ROOT"] = home;
        var process = Process.Start(start) ?? throw new StopException($"{program} did not start.");
        process.StandardInput.Close();
        return process;
    }
}

using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>Where a load goes: a server's name in the report, its port on the loopback, its process.</summary>
internal sealed record Target(string Name, int Port, int ProcessId);

/// <summary>One run of the load generator.</summary>
/// <param name="CredentialsFile">One line a connection: client id, user, password, parted by tabs.</param>
/// <param name="Connections">The first so many of these.</param>
internal sealed record LoadPlan(string CredentialsFile, int Connections)
{
    public string Topic { get; init; } = "s/us";

    /// <summary>The payload; %d is the connection's number and %n the message's, %0Wn padded to W digits.</summary>
    public string Payload { get; init; } = "";

    /// <summary>Messages without acknowledgement on each connection at most.</summary>
    public int Window { get; init; } = 1;

    /// <summary>How long to send; the messages' number decides where it is zero.</summary>
    public double Seconds { get; init; }

    /// <summary>Of those, what is not measured.</summary>
    public double WarmSeconds { get; init; }

    /// <summary>How many messages to send; none of both means to connect alone.</summary>
    public long Messages { get; init; }

    /// <summary>Messages a second over all connections by a schedule; zero is as fast as the windows allow.</summary>
    public double Rate { get; init; }

    /// <summary>How long the connections stay open afterwards.</summary>
    public double IdleSeconds { get; init; }

    /// <summary>Connections that are being made at a time: one address may not have more sign-ins under way.</summary>
    public int ConnectingAtOnce { get; init; } = 32;

    public IEnumerable<string> Arguments(Target target, string ackedFile)
    {
        yield return $"-p{target.Port}";
        yield return $"-S{target.ProcessId}";
        yield return $"-F{CredentialsFile}";
        yield return $"-A{ackedFile}";
        yield return $"-c{Connections}";
        yield return $"-C{ConnectingAtOnce}";
        yield return $"-w{Window}";
        if (Seconds > 0) yield return Argument('d', Seconds);
        if (WarmSeconds > 0) yield return Argument('W', WarmSeconds);
        if (Messages > 0) yield return $"-n{Messages}";
        if (Rate > 0) yield return Argument('r', Rate);
        if (IdleSeconds > 0) yield return Argument('H', IdleSeconds);
        if (Payload.Length == 0) yield break;
        yield return $"-t{Topic}";
        yield return $"-m{Payload}";
    }

    private static string Argument(char option, double value) => string.Create(CultureInfo.InvariantCulture, $"-{option}{value}");
}

/// <summary>What the load generator measured: its lines, by phase and name.</summary>
internal sealed class LoadResult
{
    private readonly Dictionary<string, double> _figures = [];

    /// <summary>Acknowledged messages of each connection.</summary>
    public required long[] AckedByConnection { get; init; }

    public bool WasComplete { get; init; }

    public double Rate => this["publish.rate"];
    public double P50 => this["publish.p50"];
    public double P99 => this["publish.p99"];
    public double Seconds => this["publish.seconds"];
    public long Sent => (long)this["publish.sent"];
    public long Acked => (long)this["publish.acked"];

    /// <summary>Processor time of the server for one acknowledged message, in microseconds.</summary>
    public double ServerMicroseconds => this["publish.server_cpu"] * 1e6 / this["publish.cpu_acked"];

    /// <summary>Share of one core that the server took.</summary>
    public double ServerCores => this["publish.server_cpu"] / Seconds;

    public double this[string figure] => _figures.TryGetValue(figure, out var value) ? value : throw new BenchmarkException($"The load generator did not print {figure}.");

    public void Take(string line)
    {
        var words = line.Split(' ');
        foreach (var word in words.Skip(1))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            _figures[$"{words[0]}.{word[..equals]}"] = double.Parse(word[(equals + 1)..], CultureInfo.InvariantCulture);
        }
    }
}

/// <summary>Runs the load generator; one that runs beside another needs a name of its own.</summary>
internal sealed class LoadRunner(Bench bench, string name = "acked")
{
    // Connecting and draining, which the plan does not time, take a while with many connections.
    private const double UntimedSecondsMax = 400;
    private const double UntimedMessagesPerSecondMin = 50;

    /// <summary>Runs a plan to its end.</summary>
    /// <param name="mayLose">Whether a lost connection or a message without acknowledgement is part of the plan.</param>
    public async Task<LoadResult> RunAsync(Target target, LoadPlan plan, bool mayLose = false)
    {
        var ackedFile = bench[name];
        var seconds = plan.Seconds + plan.IdleSeconds + plan.Messages / UntimedMessagesPerSecondMin + UntimedSecondsMax;
        await using var load = ChildProcess.Start(Repository.LoadGenerator, plan.Arguments(target, ackedFile));
        var lines = new List<string>();
        var exitCode = await load.EndAsync(lines.Add, TimeSpan.FromSeconds(seconds), bench.Stop);
        if (exitCode != 0 && !mayLose) throw new BenchmarkException($"The load on {target.Name} failed: {string.Join('\n', lines)}\n{load.Errors}");
        var result = new LoadResult
        {
            AckedByConnection = [.. File.ReadLines(ackedFile).Select(line => long.Parse(line, CultureInfo.InvariantCulture))],
            WasComplete = exitCode == 0,
        };
        foreach (var line in lines) result.Take(line);
        return result;
    }
}

using System.Net;
using System.Net.Sockets;

namespace Bailiwick.Benchmarks;

/// <summary>
/// A mosquitto for comparison: it checks passwords and topics as ours does and keeps its state on disk, but does not wait for the disk before it
/// acknowledges, and nobody subscribes, so that it has nothing to hand on. None of its limits is in its way.
/// </summary>
internal sealed class MosquittoServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _process;

    private MosquittoServer(ChildProcess process, int port) => (_process, Target) = (process, new("mosquitto", port, process.Id));

    public Target Target { get; }

    public static async Task<string> VersionAsync(CancellationToken stop)
    {
        // It prints its help and fails, whatever is asked.
        await using var asked = ChildProcess.Start(Program("mosquitto"), "-h");
        var lines = new List<string>();
        await asked.EndAsync(lines.Add, Patience, stop);
        return lines.Count > 0 ? lines[0].Replace(" version", "", StringComparison.Ordinal) : throw new BenchmarkException("mosquitto -h printed nothing.");
    }

    /// <summary>Starts one that knows the devices of a fleet.</summary>
    public static async Task<MosquittoServer> StartAsync(Bench bench, Fleet fleet)
    {
        var folder = bench["mosquitto"];
        Directory.CreateDirectory(folder);
        var (passwords, rights, settings) = (Path.Combine(folder, "passwords"), Path.Combine(folder, "rights"), Path.Combine(folder, "settings"));
        await File.WriteAllLinesAsync(passwords, fleet.Devices.Select(device => $"{device.User}:{device.Password}"));
        await ChildProcess.CaptureAsync(Program("mosquitto_passwd"), ["-U", passwords], Patience, bench.Stop);
        await File.WriteAllLinesAsync(rights, fleet.Devices.SelectMany(device => new[] { $"user {device.User}", "topic write s/us" }));

        var port = FreePort();
        await File.WriteAllTextAsync(settings, $"""
            listener {port} 127.0.0.1
            allow_anonymous false
            password_file {passwords}
            acl_file {rights}
            persistence true
            persistence_location {folder}/
            max_inflight_messages 0
            max_queued_messages 0
            set_tcp_nodelay true
            sys_interval 0
            log_type error
            log_type warning
            {(Environment.IsPrivilegedProcess ? "user root" : "")}

            """);
        var process = ChildProcess.Start(Program("mosquitto"), "-c", settings);
        try
        {
            await AnswersAsync(process, port, bench.Stop);
            return new(process, port);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>A port that nobody listens on at the moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // Debian keeps servers where an ordinary user's path does not look.
    private static string Program(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new BenchmarkException($"There is no {name}: apt-get install mosquitto.");

    private static async Task AnswersAsync(ChildProcess process, int port, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        while (true)
        {
            if (process.HasExited) throw new BenchmarkException($"mosquitto ended: {process.Errors}");
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, patience.Token);
            }
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Bailiwick.Demo;

/// <summary>The real server as a process of its own, on a data folder that goes with it.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private const string ReadyPrefix = "Bailiwick is ready: ";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;
    private readonly Dictionary<string, IPEndPoint> _listeners;

    private DemoServer(Process process, string folder, string readyLine, string admin, string operatorPassword, string device)
    {
        (_process, _folder, ReadyLine) = (process, folder, readyLine);
        (AdminPassword, OperatorPassword, DevicePassword) = (admin, operatorPassword, device);
        _listeners = readyLine[ReadyPrefix.Length..].Split(", ").Select(listener => listener.Split(' ')).ToDictionary(pair => pair[0], pair => IPEndPoint.Parse(pair[1]));
    }

    public string ReadyLine { get; }

    public string AdminPassword { get; }

    public string OperatorPassword { get; }

    public string DevicePassword { get; }

    public string AuthorityFile => Path.Combine(_folder, "tls", "ca.pem");

    public bool HasTls => _listeners.ContainsKey("https") || _listeners.ContainsKey("mqtts");

    public Uri Http => new($"http://{Listener("http")}");

    public IPEndPoint Mqtt => Listener("mqtt");

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<DemoServer> StartAsync(IReadOnlyList<string> settings, CancellationToken stop)
    {
        Console.WriteLine("Starting the server ...");
        var folder = Directory.CreateTempSubdirectory("bailiwick-demo-").FullName;
        var (admin, @operator, device) = (NewPassword(), NewPassword(), NewPassword());
        var start = new ProcessStartInfo(Path.Combine(Repository, "src", "Silo", "bin", "Release", "net10.0", "bailiwick"), [$"--Storage:Path={folder}", .. settings])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Not on the command line, which other users of the machine can read.
        start.Environment["Bootstrap__AdminPassword"] = admin;
        start.Environment["Bootstrap__ManagementPassword"] = @operator;
        start.Environment["Bootstrap__DevicePassword"] = device;
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var errors = new StringBuilder();
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Heard(line.Data, ready);
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.Exited += (_, _) => ready.TrySetException(new DemoException($"The server did not start. {errors.ToString().Trim()}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new DemoServer(process, folder, await ready.Task.WaitAsync(Patience, stop), admin, @operator, device);
        }
        catch
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>A client of the REST interface that signs in with each request.</summary>
    public Rest Rest(string user, string password)
    {
        var client = new HttpClient { BaseAddress = Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        return new Rest(client);
    }

    /// <summary>Long enough for nobody to guess and short enough to type.</summary>
    public static string NewPassword() => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 12);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var terminate = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Every line but the one that counts is the server's own log: what it warns of is worth seeing.
    private static void Heard(string? line, TaskCompletionSource<string> ready)
    {
        if (line is null) return;
        if (line.StartsWith(ReadyPrefix, StringComparison.Ordinal)) ready.TrySetResult(line);
        else if (line.Contains(" warn ", StringComparison.Ordinal) || line.Contains(" fail ", StringComparison.Ordinal)) Console.WriteLine(line);
    }

    private IPEndPoint Listener(string name) => _listeners.GetValueOrDefault(name) ?? throw new DemoException($"The demonstration needs the {name} listener, which the settings turn off.");

    private static string Repository
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Orleans.sln")))
                    return folder.FullName;
            throw new DemoException("The demonstration is started from the repository, by ./dev demo.");
        }
    }
}

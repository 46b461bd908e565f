using System.Diagnostics;
using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Silo.Embedded;

namespace Bailiwick.Storage.Tests;

/// <summary>The process that is killed: writes as fast as it can and prints a line for each thing once it was told that it is safe.</summary>
internal static class CrashChild
{
    public const string Argument = "crash-child";
    public const int Sources = 8;

    private static readonly Lock Printing = new();

    public static async Task<int> RunAsync(string work, string folder)
    {
        if (work == "open") return Open(folder);
        using var kit = new EmbeddedKit(folder);
        switch (work)
        {
            case "all":
                await Task.WhenAll([.. Enumerable.Range(1, Sources).Select(s => MeasureAsync(kit, s, int.MaxValue)), AuditAsync(kit, int.MaxValue), NumberAsync(kit)]);
                break;
            case "few":
                await MeasureAsync(kit, 1, 10);
                await AuditAsync(kit, 10);
                break;
        }
        return 0;
    }

    private static int Open(string folder)
    {
        try
        {
            RocksStore.Open(new RocksStoreOptions(folder), TimeProvider.System).Dispose();
            return 0;
        }
        catch (StoreUnusableException e)
        {
            Say(e.Message);
            return 1;
        }
    }

    private static async Task MeasureAsync(EmbeddedKit kit, int source, int count)
    {
        for (var n = 1; n <= count; n++)
        {
            await kit.Telemetry.AppendAsync(TelemetryStoreSuite.Write(Ask.T1, source), [TelemetryStoreSuite.Row(n), TelemetryStoreSuite.Row(n)]);
            Say($"measured {source} {n}");
        }
    }

    private static async Task AuditAsync(EmbeddedKit kit, int count)
    {
        for (var n = 1; n <= count; n++) Say($"audited {(await kit.Audit.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(n % 500), DateTimeOffset.UnixEpoch)).Id} 0");
    }

    private static async Task NumberAsync(EmbeddedKit kit)
    {
        while (true) Say($"reserved {await kit.Inventory.ReserveIdsAsync(Ask.Write(Ask.T1), 3)} 0");
    }

    private static void Say(string line)
    {
        lock (Printing)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}

/// <summary>Nothing acknowledged is lost: not by SIGKILL, and the acknowledgement comes after the disk said yes.</summary>
public sealed class CrashTests
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "Bailiwick.Storage.Tests");

    [Fact]
    public async Task Everything_acknowledged_before_a_kill_is_there_after_each_of_several()
    {
        using var folder = new TempFolder();
        var (measured, audited, reserved) = (new Dictionary<int, int>(), 0L, 0L);
        for (var kill = 0; kill < 3; kill++)
        {
            foreach (var line in await RunAndKillAsync(folder.Path, linesAtLeast: 400 + 150 * kill))
            {
                var words = line.Split(' ');
                var (first, second) = (long.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
                switch (words[0])
                {
                    case "measured": measured[(int)first] = Math.Max(measured.GetValueOrDefault((int)first), second); break;
                    case "audited": audited = Math.Max(audited, first); break;
                    case "reserved":
                        Assert.True(first >= reserved, $"id {first} was given although {reserved} follows the last run");
                        reserved = first + 3;
                        break;
                }
            }
            using var kit = new EmbeddedKit(folder.Path);
            foreach (var (source, count) in measured) await RequireMeasuredAsync(kit, source, count);
            for (var id = 1L; id <= audited; id++) Assert.NotNull(await kit.Audit.ReadAsync(AuditLogSuite.Read(Ask.T1), id));
        }
        Assert.Equal(CrashChild.Sources, measured.Count);
        Assert.True(audited > 0 && reserved > 0);
    }

    [Fact]
    public async Task No_acknowledgement_comes_before_the_disk_has_confirmed()
    {
        using var folder = new TempFolder();
        var trace = Path.Combine(folder.Path, "trace");
        using var child = Start("strace", ["-f", "-s", "64", "-o", trace, "-e", "trace=fsync,fdatasync,write", Executable, CrashChild.Argument, "few", Path.Combine(folder.Path, "data")]);
        await child.StandardOutput.ReadToEndAsync().WaitAsync(Awaited.Long);
        await child.WaitForExitAsync().WaitAsync(Awaited.Long);
        var (isSynced, answered) = (false, 0);
        foreach (var call in await File.ReadAllLinesAsync(trace))
        {
            if (call.Contains("sync", StringComparison.Ordinal) && call.EndsWith("= 0", StringComparison.Ordinal)) isSynced = true;
            if (!call.Contains("\"measured ", StringComparison.Ordinal) && !call.Contains("\"audited ", StringComparison.Ordinal)) continue;
            Assert.True(isSynced, $"acknowledged without a sync since the acknowledgement before: {call}");
            (isSynced, answered) = (false, answered + 1);
        }
        Assert.Equal(20, answered);
    }

    [Fact]
    public async Task Another_process_is_told_that_the_store_is_in_use_and_opens_it_once_it_is_closed()
    {
        using var folder = new TempFolder();
        using (new EmbeddedKit(folder.Path))
        {
            using var second = Start(Executable, [CrashChild.Argument, "open", folder.Path]);
            Assert.Contains("in use by another process", await second.StandardOutput.ReadToEndAsync().WaitAsync(Awaited.Long), StringComparison.Ordinal);
            await second.WaitForExitAsync().WaitAsync(Awaited.Long);
            Assert.Equal(1, second.ExitCode);
        }
        using var third = Start(Executable, [CrashChild.Argument, "open", folder.Path]);
        await third.WaitForExitAsync().WaitAsync(Awaited.Long);
        Assert.Equal(0, third.ExitCode);
    }

    private static async Task RequireMeasuredAsync(EmbeddedKit kit, int source, int count)
    {
        var query = new MeasurementQuery(new(source), null, count, null, null, null, false);
        var page = await kit.Telemetry.FindAsync(Ask.All(Ask.T1, Permission.MeasurementRead), null, query, new PageRequest(1, 1, true));
        // Each run of the child counts from one again, so there may be more; each call's two rows are there together.
        Assert.True(page.Total >= 2 * count, $"source {source}: {page.Total} rows where {2 * count} were acknowledged");
        Assert.Equal(0, page.Total % 2);
    }

    private static async Task<List<string>> RunAndKillAsync(string folder, int linesAtLeast)
    {
        using var child = Start(Executable, [CrashChild.Argument, "all", folder]);
        var lines = new List<string>();
        while (lines.Count < linesAtLeast && await child.StandardOutput.ReadLineAsync().WaitAsync(Awaited.Long) is { } line) lines.Add(line);
        child.Kill();
        var rest = await child.StandardOutput.ReadToEndAsync().WaitAsync(Awaited.Long);
        await child.WaitForExitAsync().WaitAsync(Awaited.Long);
        Assert.True(lines.Count >= linesAtLeast, "the child ended before it was killed");
        // The last line may have been cut by the kill.
        lines.AddRange(rest.Split('\n')[..^1]);
        return lines;
    }

    private static Process Start(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{program} did not start");
}

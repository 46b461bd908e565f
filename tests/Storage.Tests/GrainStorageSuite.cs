using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Orleans.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What grain storage and <c>IGrainDocuments</c> promise. The states are measurements, for want of a simpler class.</summary>
public abstract class GrainStorageSuite
{
    private sealed class Held : IGrainState<GrainDocument<NewMeasurement>.Cell>
    {
        [System.Diagnostics.CodeAnalysis.AllowNull]
        public GrainDocument<NewMeasurement>.Cell State { get; set => field = value ?? new(); } = new();
        public string? ETag { get; set; }
        public bool RecordExists { get; set; }
    }

    internal abstract IStorageKit Open();

    [Fact]
    public async Task A_state_reads_back_after_a_restart_and_an_absent_one_is_empty()
    {
        using var kit = Open();
        await SaveAsync(kit, "user", "t1/ann", "hello");
        kit.Reopen();
        var read = await LoadAsync(kit, "user", "t1/ann");
        Assert.True(read.RecordExists);
        Assert.Equal("hello", read.State.Value!.Type);
        var absent = await LoadAsync(kit, "user", "t1/bob");
        Assert.False(absent.RecordExists);
        Assert.Null(absent.ETag);
        Assert.Null(absent.State.Value);
    }

    [Fact]
    public async Task Only_who_saw_the_last_state_may_change_or_clear_it()
    {
        using var kit = Open();
        var first = await SaveAsync(kit, "user", "t1/ann", "1");
        var second = await LoadAsync(kit, "user", "t1/ann");
        await WriteAsync(kit, "user", "t1/ann", first, "2");
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(kit, "user", "t1/ann", second, "3"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => kit.Grains.ClearStateAsync("user", Id("t1/ann"), second));
        await Assert.ThrowsAsync<InconsistentStateException>(() => SaveAsync(kit, "user", "t1/ann", "4"));
        Assert.Equal("2", (await LoadAsync(kit, "user", "t1/ann")).State.Value!.Type);
        await kit.Grains.ClearStateAsync("user", Id("t1/ann"), first);
        Assert.Null(first.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(kit, "user", "t1/ann", second, "5"));
    }

    [Fact]
    public async Task An_etag_is_never_seen_twice_even_after_clearing_and_restarts()
    {
        using var kit = Open();
        var seen = new HashSet<string>();
        for (var i = 0; i < 6; i++)
        {
            var state = await SaveAsync(kit, "user", "t1/ann", "x");
            Assert.True(seen.Add(state.ETag!));
            await kit.Grains.ClearStateAsync("user", Id("t1/ann"), state);
            if (i % 2 == 1) kit.Reopen();
        }
    }

    [Fact]
    public async Task Of_many_writers_at_once_one_wins()
    {
        using var kit = Open();
        await SaveAsync(kit, "user", "t1/ann", "0");
        var writers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => LoadAsync(kit, "user", "t1/ann")));
        var wins = await Task.WhenAll(writers.Select((w, i) => Task.Run(async () =>
        {
            try
            {
                await WriteAsync(kit, "user", "t1/ann", w, "w" + i);
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        })));
        Assert.Single(wins, won => won);
    }

    [Fact]
    public async Task A_scan_gives_one_tenants_states_of_one_name_in_order_from_where_it_is_told()
    {
        using var kit = Open();
        var names = Enumerable.Range(0, 600).Select(i => $"user{i}").Append("\u00fc").Append("a").Append("a b").ToList();
        await Task.WhenAll(names.Select(n => SaveAsync(kit, "user", "t1/" + n, n)));
        await SaveAsync(kit, "user", "t10/zoe", "zoe");
        await SaveAsync(kit, "user", "t1", "the tenant's own");
        await SaveAsync(kit, "users", "t1/other", "other name");
        await SaveAsync(kit, "use", "t1/other", "other name");
        await kit.Grains.ClearStateAsync("user", Id("t1/user5"), await LoadAsync(kit, "user", "t1/user5"));
        names.Remove("user5");
        names.Sort(StringComparer.Ordinal);
        Assert.Equal(names, await ScanAsync(kit, null));
        Assert.Equal(names.Where(n => string.CompareOrdinal(n, "user3") > 0), await ScanAsync(kit, "user3"));
        Assert.Equal(names.Where(n => string.CompareOrdinal(n, "user35x") > 0), await ScanAsync(kit, "user35x"));
        Assert.Empty(await ScanAsync(kit, "\u00fc"));
    }

    private static async Task<List<string>> ScanAsync(IStorageKit kit, string? after)
    {
        var found = new List<string>();
        await foreach (var (suffix, state) in kit.Documents.ScanAsync<NewMeasurement>(Ask.Read(Ask.T1), "user", after))
        {
            Assert.Equal(suffix, state.Type);
            found.Add(suffix);
        }
        return found;
    }

    private static GrainId Id(string key) => GrainId.Create("user", key);

    private static async Task<Held> LoadAsync(IStorageKit kit, string name, string key)
    {
        var held = new Held();
        await kit.Grains.ReadStateAsync(name, Id(key), held);
        return held;
    }

    private static async Task<Held> SaveAsync(IStorageKit kit, string name, string key, string text)
    {
        var held = new Held();
        await WriteAsync(kit, name, key, held, text);
        return held;
    }

    private static Task WriteAsync(IStorageKit kit, string name, string key, Held held, string text)
    {
        held.State = new() { Value = TelemetryStoreSuite.Row(1, text) };
        return kit.Grains.WriteStateAsync(name, Id(key), held);
    }
}

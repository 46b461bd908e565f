using System.Diagnostics.Metrics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Silo.Embedded;

namespace Bailiwick.Storage.Tests;

/// <summary>The one writer: who is answered when, and what a full queue or a full disk does.</summary>
public sealed class CommitQueueTests
{
    /// <summary>Holds the writer's thread until it is let go.</summary>
    private sealed class GateSink : ICommitSink, IDisposable
    {
        private readonly ManualResetEventSlim _open = new();

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void LetGo() => _open.Set();

        public void Settle(long sequence, Exception? failure)
        {
            Reached.TrySetResult();
            Assert.True(_open.Wait(Awaited.Long));
        }

        public void Flush()
        {
        }

        public void Dispose() => _open.Dispose();
    }

    private sealed class ThrowingSink : ICommitSink
    {
        public void Settle(long sequence, Exception? failure) => throw new InvalidOperationException("gone");

        public void Flush() => throw new InvalidOperationException("gone");
    }

    internal sealed class PretendedSpace(long free) : IDiskSpace
    {
        private long _free = free;
        private int _measured;

        public long FreeBytes { set => Volatile.Write(ref _free, value); }

        public int Measured => Volatile.Read(ref _measured);

        public DiskRoom Measure(string folder)
        {
            Interlocked.Increment(ref _measured);
            return new(Volatile.Read(ref _free), 1L << 40);
        }
    }

    [Fact]
    public async Task A_store_that_refused_for_want_of_room_is_unwell_until_there_is_room_and_lets_deletions_through()
    {
        var space = new PretendedSpace(1L << 40);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var kit = new EmbeddedKit(space: space, clock: clock);
        var (permit, row) = (Ask.Write(Ask.T1, 7, Permission.MeasurementAdmin), new NewMeasurement("t", DateTimeOffset.UnixEpoch, "\"f\":{}"u8.ToArray()));
        var id = Assert.Single(await kit.Telemetry.AppendAsync(permit, [row]));
        Assert.True(kit.Store.Writer.IsHealthy);

        // Room for little, and not for this.
        space.FreeBytes = Limits.DiskReserveBytes + 1_000;
        clock.Advance(TimeSpan.FromSeconds(1));
        await Awaited.RefusedAsync(() => kit.Telemetry.AppendAsync(permit, [row with { Members = new byte[2_000] }]));
        Assert.False(kit.Store.Writer.IsHealthy);
        space.FreeBytes = Limits.DiskReserveBytes - 1_000;
        clock.Advance(TimeSpan.FromSeconds(1));
        await Awaited.RefusedAsync(() => kit.Telemetry.AppendAsync(permit, [row]));
        Assert.False(kit.Store.Writer.IsHealthy);

        // Whoever makes room is let in, even beside somebody who is not.
        var refused = Awaited.RefusedAsync(() => kit.Telemetry.AppendAsync(permit, [row]));
        Assert.True(await kit.Telemetry.DeleteAsync(permit, id));
        await refused;
        Assert.Null(await kit.Telemetry.ReadAsync(Ask.Read(Ask.T1, 7, Permission.MeasurementRead), id));

        // It is well again before anybody has written: else no traffic would come back.
        space.FreeBytes = 1L << 40;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(kit.Store.Writer.IsHealthy);
        await kit.Telemetry.AppendAsync(permit, [row]);
    }

    [Fact]
    public async Task Each_sink_is_flushed_once_for_all_that_one_commit_settled()
    {
        using var kit = new EmbeddedKit();
        using var gate = new GateSink();
        await AppendAsync(kit, gate, 1);
        await gate.Reached.Task.WaitAsync(Awaited.Long);
        RecordingSink[] sinks = [new(), new()];
        for (var i = 1; i <= 5; i++)
            foreach (var sink in sinks)
                await AppendAsync(kit, sink, i);
        gate.LetGo();
        foreach (var sink in sinks) await sink.ReachedAsync(5);
        // Flushes follow the settling: once the writer has done another commit, the one before is over.
        await kit.Inventory.ReserveIdsAsync(Ask.Write(Ask.T1), 1);
        Assert.All(sinks, sink => Assert.Equal(1, sink.Flushes));
    }

    [Fact]
    public async Task A_sink_that_throws_harms_no_other()
    {
        using var kit = new EmbeddedKit();
        var sink = new RecordingSink();
        await AppendAsync(kit, new ThrowingSink(), 1);
        await AppendAsync(kit, sink, 1);
        await sink.ReachedAsync(1);
        Assert.Null(sink.Settled[0].Failure);
    }

    [Fact]
    public async Task A_full_queue_lets_callers_wait_and_keeps_their_order()
    {
        using var kit = new EmbeddedKit(configure: o => o with { QueueItemsMax = 4 });
        using var gate = new GateSink();
        await AppendAsync(kit, gate, 1);
        await gate.Reached.Task.WaitAsync(Awaited.Long);
        var sink = new RecordingSink();
        var handOvers = Enumerable.Range(1, 40).Select(i => AppendAsync(kit, sink, i).AsTask()).ToList();
        Assert.Equal(4, handOvers.Count(h => h.IsCompleted));
        var reserved = kit.Inventory.ReserveIdsAsync(Ask.Write(Ask.T1), 1).AsTask();
        gate.LetGo();
        await Task.WhenAll(handOvers).WaitAsync(Awaited.Long);
        await sink.ReachedAsync(40);
        await reserved.WaitAsync(Awaited.Long);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), sink.Settled.Select(s => s.Sequence));
    }

    [Fact]
    public async Task A_queue_full_of_bytes_lets_callers_wait_and_takes_one_that_is_larger_than_itself()
    {
        using var kit = new EmbeddedKit(configure: o => o with { QueueBytesMax = 1_000 });
        var sink = new RecordingSink();
        var large = TelemetryStoreSuite.Row(1, "t", $"\"f\":\"{new string('x', 5_000)}\"");
        for (var i = 1; i <= 5; i++) await kit.Telemetry.AppendAsync(TelemetryStoreSuite.Write(Ask.T1, 1), [large], sink, i).AsTask().WaitAsync(Awaited.Long);
        await sink.ReachedAsync(5);
    }

    [Fact]
    public async Task What_was_handed_over_before_closing_is_settled_and_durable()
    {
        using var folder = new TempFolder();
        var sink = new RecordingSink();
        using (var kit = new EmbeddedKit(folder.Path))
            for (var i = 1; i <= 500; i++)
                await AppendAsync(kit, sink, i);
        Assert.Equal(500, sink.Settled.Count);
        Assert.All(sink.Settled, s => Assert.Null(s.Failure));
        using var again = new EmbeddedKit(folder.Path);
        Assert.Equal(500, await CountAsync(again));
    }

    [Fact]
    public async Task A_full_disk_refuses_all_that_writes_changes_nothing_and_heals_by_itself()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var space = new PretendedSpace(1L << 30);
        using var kit = new EmbeddedKit(space: space, clock: clock);
        var thing = InventoryStoreSuite.Thing(1, "a", "t", "ann");
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), thing, null);
        space.FreeBytes = Limits.DiskReserveBytes;
        clock.Advance(TimeSpan.FromMilliseconds(Limits.DiskCheckMs));
        var sink = new RecordingSink();
        await AppendAsync(kit, sink, 1);
        await sink.ReachedAsync(1);
        Assert.Equal(RefusalKind.Unavailable, Assert.IsType<Refusal>(sink.Settled[0].Failure).Kind);
        var refusal = await Awaited.RefusedAsync(() => kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 1), thing with { Name = "b" }, thing));
        Assert.Contains("disk", refusal.LogText, StringComparison.Ordinal);
        await Awaited.RefusedAsync(() => kit.Audit.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(1), DateTimeOffset.UnixEpoch));
        Assert.Equal(0, await CountAsync(kit));
        Assert.Equal("a", (await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 1)))?.Name);
        space.FreeBytes = 1L << 30;
        clock.Advance(TimeSpan.FromMilliseconds(Limits.DiskCheckMs));
        await kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, 1), thing);
        Assert.Equal(1, (await kit.Audit.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(1), DateTimeOffset.UnixEpoch)).Id);
    }

    [Fact]
    public void The_guard_counts_what_it_admits_between_two_looks_at_the_disk()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var space = new PretendedSpace(Limits.DiskReserveBytes + 1_000);
        var guard = new DiskGuard("/", space, clock, Limits.DiskReserveBytes);
        Assert.True(guard.Admits(400));
        space.FreeBytes = Limits.DiskReserveBytes + 200;
        Assert.False(guard.Admits(400));
        Assert.True(guard.Admits(100));
    }

    [Fact]
    public async Task Commits_are_measured()
    {
        var seconds = new List<double>();
        var folder = new TempFolder();
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == Instruments.Name && instrument.Name == "bailiwick.store.commit.duration") l.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<double>((_, value, _, _) => { lock (seconds) seconds.Add(value); });
            listener.Start();
            using var kit = new EmbeddedKit(folder.Path);
            await kit.Inventory.ReserveIdsAsync(Ask.Write(Ask.T1), 1);
        }
        Assert.NotEmpty(seconds);
        Assert.All(seconds, s => Assert.InRange(s, 0.000_000_1, 60));
        folder.Dispose();
    }

    [Fact]
    public void The_writer_waits_for_company_only_where_small_batches_of_several_senders_take_longer_than_the_wait()
    {
        Assert.Equal(2, After(new GatherRule(2), items: 5, seconds: 0.005).WaitMs);
        Assert.Equal(0, After(new GatherRule(2), items: 1, seconds: 0.005).WaitMs);
        Assert.Equal(0, After(new GatherRule(2), items: 500, seconds: 0.005).WaitMs);
        Assert.Equal(0, After(new GatherRule(2), items: 5, seconds: 0.0005).WaitMs);
        Assert.Equal(0, After(new GatherRule(2), items: 5, seconds: 0.5).WaitMs);
        Assert.Equal(0, After(new GatherRule(0), items: 5, seconds: 0.005).WaitMs);
        Assert.Equal(Limits.StoreGatherMsMax, After(new GatherRule(50), items: 5, seconds: 0.005).WaitMs);
    }

    private static GatherRule After(GatherRule rule, int items, double seconds)
    {
        for (var i = 0; i < 200; i++) rule.Note(items, seconds);
        return rule;
    }

    private static ValueTask AppendAsync(EmbeddedKit kit, ICommitSink sink, int i) =>
        kit.Telemetry.AppendAsync(TelemetryStoreSuite.Write(Ask.T1, 1), [TelemetryStoreSuite.Row(i)], sink, i);

    private static async Task<long?> CountAsync(EmbeddedKit kit) => (await kit.Telemetry.FindAsync(
        Ask.All(Ask.T1, Permission.MeasurementRead), new([new ObjectId(1)]), new MeasurementQuery(null, null, null, null, null, null, false), new(1, 1, true))).Total;
}

using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Silo.Embedded;
using Bailiwick.Grains.Tests.Platform;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Storage.Tests;

/// <summary>The audit log's files: what a crash, a flipped bit, a full and a failing disk do to them.</summary>
public sealed class AuditFileTests
{
    private static readonly AuditQuery Everything = new(null, null, null, null, null, null, true);

    /// <summary>The real files; notes every call and fails the one it is told to.</summary>
    private sealed class WatchedFiles : DurableFiles
    {
        public List<string> Calls { get; } = [];

        public string? Fail { get; set; }

        public override SafeFileHandle Create(string path) => Noted("create", () => base.Create(path));

        public override SafeFileHandle OpenRead(string path) => Noted($"read {Path.GetFileName(path)}", () => base.OpenRead(path));

        public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
        {
            // Half of it gets there, as when a disk fills up.
            if (Fail == "write") base.Write(file, bytes[..(bytes.Length / 2)], offset);
            Note("write");
            base.Write(file, bytes, offset);
        }

        public override void Sync(SafeFileHandle file)
        {
            Note("sync");
            base.Sync(file);
        }

        public override void SetLength(SafeFileHandle file, long length)
        {
            Note("cut");
            base.SetLength(file, length);
        }

        public override void SyncFolder(string folder)
        {
            Note("folder");
            base.SyncFolder(folder);
        }

        private T Noted<T>(string call, Func<T> work)
        {
            Note(call);
            return work();
        }

        private Held? _held;

        /// <summary>Has the next call of this kind wait until the test lets it go.</summary>
        public Held HoldNext(string call) => _held = new Held(call);

        private void Note(string call)
        {
            if (_held is { } held && held.Call == call)
            {
                _held = null;
                held.Wait();
            }
            lock (Calls) Calls.Add(call);
            if (Fail is "all" || Fail == call) throw new IOException($"{call} failed, as the test wants");
        }
    }

    /// <summary>A call that waits. Disposing lets it go, whatever became of the test.</summary>
    private sealed class Held(string call) : IDisposable
    {
        private readonly ManualResetEventSlim _letGo = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Call => call;

        public Task ReachedAsync() => _reached.Task.WaitAsync(Awaited.Long);

        public void LetGo() => _letGo.Set();

        public void Wait()
        {
            _reached.SetResult();
            Assert.True(_letGo.Wait(Awaited.Long));
        }

        public void Dispose() => _letGo.Set();
    }

    [Fact]
    public async Task A_record_is_answered_after_its_file_and_its_name_are_on_disk()
    {
        using var folder = new TempFolder();
        var files = new WatchedFiles();
        using var log = FileAuditLog.Open(folder.Path, TimeProvider.System, files);
        await AppendAsync(log, 1);
        Assert.Equal(["folder", "folder", "create", "folder", "write", "sync"], files.Calls);
        files.Calls.Clear();
        await AppendAsync(log, 2);
        Assert.Equal(["write", "sync"], files.Calls);
    }

    [Fact]
    public async Task A_log_that_takes_long_to_open_holds_up_no_other_and_keeps_its_records_in_order()
    {
        using var folder = new TempFolder();
        var files = new WatchedFiles();
        using var log = FileAuditLog.Open(folder.Path, TimeProvider.System, files);
        using var held = files.HoldNext("folder");
        var slow = Enumerable.Range(1, 3).Select(number => log.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(number), DateTimeOffset.UnixEpoch)).ToList();
        await held.ReachedAsync();
        slow.Add(log.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(4), DateTimeOffset.UnixEpoch));
        Assert.Equal(1, (await log.AppendAsync(AuditLogSuite.Write(Ask.T10), AuditLogSuite.Some(1), DateTimeOffset.UnixEpoch).WaitAsync(TimeSpan.FromSeconds(20))).Id);
        Assert.All(slow, append => Assert.False(append.IsCompleted));
        held.LetGo();
        var records = await Task.WhenAll(slow).WaitAsync(Awaited.Long);
        Assert.Equal([1, 2, 3, 4], records.Select(record => record.Id));
        Assert.Equal(Enumerable.Range(1, 4).Select(number => AuditLogSuite.Some(number).Text), records.Select(record => record.Text));
    }

    [Fact]
    public void Reading_a_segment_takes_memory_for_a_piece_of_it_and_not_for_all()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, AuditSegment.FileName(1));
        using (var file = File.Create(path))
            for (var number = 1; number <= 40; number++)
            {
                var payload = AuditPayload.Write(AuditRecord.Of(number, AuditLogSuite.Some(number) with { Text = new string('x', number == 20 ? 3 << 20 : 256 << 10) }, DateTimeOffset.UnixEpoch));
                var header = new byte[AuditFrame.HeaderBytes];
                AuditFrame.WriteHeader(header, payload);
                file.Write(header);
                file.Write(payload);
            }
        // On a thread of its own, so that what is counted is this alone.
        var (taken, next) = (0L, 0L);
        var reader = new Thread(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var segment = new AuditSegment(path, 1);
            using var file = new DurableFiles().OpenRead(path);
            Assert.Equal(0, segment.Load(file, isLast: true));
            (taken, next) = (GC.GetAllocatedBytesForCurrentThread() - before, segment.NextNumber);
        });
        reader.Start();
        reader.Join();
        Assert.Equal(41, next);
        Assert.InRange(taken, 0, 8 << 20);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("create")]
    [InlineData("all")]
    public async Task A_disk_that_fails_refuses_appends_nothing_and_heals_by_itself(string failing)
    {
        using var folder = new TempFolder();
        var files = new WatchedFiles();
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System, files, segmentBytesMax: 1))
        {
            await AppendAsync(log, 1);
            files.Fail = failing;
            for (var i = 0; i < 3; i++) await Awaited.RefusedAsync(() => AppendAsync(log, 100));
            files.Fail = null;
            Assert.Equal(2, (await AppendAsync(log, 2)).Id);
            Assert.Equal(2, (await FindAsync(log)).Count);
        }
        using var again = FileAuditLog.Open(folder.Path, TimeProvider.System);
        Assert.Equal([1, 2], (await FindAsync(again)).Select(r => r.Text.Length));
    }

    [Fact]
    public async Task Every_cut_of_the_last_file_keeps_all_whole_records_and_the_log_goes_on()
    {
        using var folder = new TempFolder();
        var ends = new List<long>();
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System))
            for (var i = 0; i < 4; i++)
            {
                await AppendAsync(log, 10 * i);
                ends.Add(new FileInfo(File1(folder)).Length);
            }
        var whole = await File.ReadAllBytesAsync(File1(folder));
        for (var length = 0; length <= whole.Length; length++)
        {
            await File.WriteAllBytesAsync(File1(folder), whole[..length]);
            using var log = FileAuditLog.Open(folder.Path, TimeProvider.System);
            var kept = ends.Count(e => e <= length);
            Assert.Equal(kept, (await FindAsync(log)).Count);
            if (length % 7 == 0) Assert.Equal(kept + 1, (await AppendAsync(log, 5)).Id);
        }
    }

    [Fact]
    public async Task Zeros_behind_the_last_record_are_cut_off()
    {
        using var folder = new TempFolder();
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System)) await AppendAsync(log, 1);
        await using (var file = File.OpenWrite(File1(folder))) file.SetLength(file.Length + 5_000);
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System)) Assert.Equal(2, (await AppendAsync(log, 1)).Id);
        using var again = FileAuditLog.Open(folder.Path, TimeProvider.System);
        Assert.Equal(2, (await FindAsync(again)).Count);
    }

    [Fact]
    public async Task Every_flipped_bit_is_noticed_and_named_with_its_file_and_never_skipped()
    {
        using var folder = new TempFolder();
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System))
            for (var i = 0; i < 3; i++)
                await AppendAsync(log, 3 * i);
        var whole = await File.ReadAllBytesAsync(File1(folder));
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var flipped = (byte[])whole.Clone();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            await File.WriteAllBytesAsync(File1(folder), flipped);
            using var log = FileAuditLog.Open(folder.Path, TimeProvider.System, diskReserveBytes: 0);
            var refusal = await Awaited.RefusedAsync(() => FindAsync(log));
            Assert.Contains(File1(folder), refusal.LogText, StringComparison.Ordinal);
            Assert.Contains("offset", refusal.LogText, StringComparison.Ordinal);
            Assert.DoesNotContain("offset", refusal.Message, StringComparison.Ordinal);
            if (bit % 64 == 0) await Awaited.RefusedAsync(() => AppendAsync(log, 1));
        }
    }

    [Fact]
    public async Task One_tenants_damaged_log_stops_no_other()
    {
        using var folder = new TempFolder();
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System)) await AppendAsync(log, 1);
        await using (var file = File.OpenWrite(File1(folder))) file.WriteByte(77);
        using var again = FileAuditLog.Open(folder.Path, TimeProvider.System);
        await Awaited.RefusedAsync(() => AppendAsync(again, 1));
        Assert.Equal(1, (await again.AppendAsync(AuditLogSuite.Write(Ask.T10), AuditLogSuite.Some(1), DateTimeOffset.UnixEpoch)).Id);
    }

    [Fact]
    public async Task A_missing_or_shortened_sealed_segment_is_noticed()
    {
        using var folder = new TempFolder();
        var segments = await FillSegmentsAsync(folder);
        var second = await File.ReadAllBytesAsync(segments[1]);
        foreach (var damaged in new[] { second[..^3], second[..(second.Length / 2)], null })
        {
            if (damaged is null) File.Delete(segments[1]);
            else await File.WriteAllBytesAsync(segments[1], damaged);
            using var log = FileAuditLog.Open(folder.Path, TimeProvider.System);
            await Awaited.RefusedAsync(() => FindAsync(log));
        }
        await File.WriteAllBytesAsync(segments[1], second);
        using var healed = FileAuditLog.Open(folder.Path, TimeProvider.System);
        Assert.Equal(12, (await FindAsync(healed)).Count);
    }

    [Fact]
    public async Task A_long_log_takes_records_at_once_and_who_reads_it_waits_until_all_of_it_is_checked()
    {
        using var folder = new TempFolder();
        await FillSegmentsAsync(folder);
        var files = new WatchedFiles();
        using var log = FileAuditLog.Open(folder.Path, TimeProvider.System, files);
        using var held = files.HoldNext($"read {AuditSegment.FileName(1)}");
        Assert.Equal(13, (await AppendAsync(log, 1).WaitAsync(Awaited.Long)).Id);
        await held.ReachedAsync();
        var reading = FindAsync(log);
        Assert.Equal(14, (await AppendAsync(log, 1)).Id);
        Assert.False(reading.IsCompleted);
        held.LetGo();
        Assert.Equal(14, (await reading.WaitAsync(Awaited.Long)).Count);
    }

    [Fact]
    public async Task A_log_that_is_found_damaged_takes_no_more_records()
    {
        using var folder = new TempFolder();
        var segments = await FillSegmentsAsync(folder);
        var first = await File.ReadAllBytesAsync(segments[0]);
        first[^1] ^= 1;
        await File.WriteAllBytesAsync(segments[0], first);
        using var log = FileAuditLog.Open(folder.Path, TimeProvider.System);
        Assert.Contains(segments[0], (await Awaited.RefusedAsync(() => FindAsync(log))).LogText, StringComparison.Ordinal);
        Assert.Contains(segments[0], (await Awaited.RefusedAsync(() => AppendAsync(log, 1))).LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_the_disk_did_not_answer_is_made_again_by_the_next_reader()
    {
        using var folder = new TempFolder();
        var segments = await FillSegmentsAsync(folder);
        var (files, clock) = (new WatchedFiles { Fail = $"read {Path.GetFileName(segments[1])}" }, new FakeTimeProvider());
        using var log = FileAuditLog.Open(folder.Path, clock, files);
        var reading = FindAsync(log);
        await Wait.UntilAsync(() => Passed(clock, () => reading.IsCompleted), "the reader to be told to come back");
        Assert.Equal(RefusalKind.Busy, (await Assert.ThrowsAsync<Refusal>(() => reading)).Kind);
        Assert.Equal(13, (await AppendAsync(log, 1)).Id);

        files.Fail = null;
        await Wait.UntilAsync(() => Passed(clock, () => FindAsync(log) is { IsCompletedSuccessfully: true }), "the check to be made again");
        Assert.Equal(13, (await FindAsync(log)).Count);
        // What was checked is not checked again.
        lock (files.Calls) Assert.Single(files.Calls, $"read {Path.GetFileName(segments[0])}");

        static bool Passed(FakeTimeProvider clock, Func<bool> isDone)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return isDone();
        }
    }

    [Fact]
    public async Task A_segment_that_goes_while_the_others_are_checked_is_damage()
    {
        using var folder = new TempFolder();
        var segments = await FillSegmentsAsync(folder);
        var files = new WatchedFiles();
        using var log = FileAuditLog.Open(folder.Path, TimeProvider.System, files);
        using var held = files.HoldNext($"read {AuditSegment.FileName(1)}");
        await AppendAsync(log, 1);
        await held.ReachedAsync();
        File.Delete(segments[1]);
        held.LetGo();
        Assert.Contains("is missing", (await Awaited.RefusedAsync(() => FindAsync(log))).LogText, StringComparison.Ordinal);
        await Awaited.RefusedAsync(() => AppendAsync(log, 1));
    }

    [Fact]
    public async Task A_log_that_is_closed_while_it_is_checked_leaves_that_off_and_closes_twice()
    {
        using var folder = new TempFolder();
        await FillSegmentsAsync(folder);
        var files = new WatchedFiles();
        using var held = files.HoldNext($"read {AuditSegment.FileName(1)}");
        var log = FileAuditLog.Open(folder.Path, TimeProvider.System, files);
        var reading = FindAsync(log);
        await held.ReachedAsync();
        var closing = Task.Run(log.Dispose);
        await Wait.UntilAsync(() => reading.IsCompleted || closing.IsCompleted || Closed(), "the log to be closing");
        held.LetGo();
        await closing.WaitAsync(Awaited.Long);
        await Awaited.RefusedAsync(() => reading);
        log.Dispose();
        await Awaited.RefusedAsync(() => FindAsync(log));

        bool Closed()
        {
            try
            {
                _ = log.AppendAsync(AuditLogSuite.Write(Ask.T10), AuditLogSuite.Some(1), DateTimeOffset.UnixEpoch);
                return false;
            }
            catch (Refusal)
            {
                return true;
            }
        }
    }

    [Fact]
    public async Task A_log_whose_beginning_is_missing_is_noticed()
    {
        using var folder = new TempFolder();
        var segments = await FillSegmentsAsync(folder);
        // However much of it, and before another record is taken.
        foreach (var segment in segments[..^1])
        {
            File.Delete(segment);
            using var log = FileAuditLog.Open(folder.Path, TimeProvider.System);
            Assert.Contains("records 1 to", (await Awaited.RefusedAsync(() => AppendAsync(log, 1))).LogText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_log_takes_nothing_behind_a_segment_that_does_not_follow_the_one_before()
    {
        using var folder = new TempFolder();
        var segments = await FillSegmentsAsync(folder);
        File.Delete(segments[^2]);
        using var log = FileAuditLog.Open(folder.Path, TimeProvider.System);
        Assert.Contains("are missing before", (await Awaited.RefusedAsync(() => AppendAsync(log, 1))).LogText, StringComparison.Ordinal);
    }

    /// <summary>Twelve records in several sealed segments and one that goes on.</summary>
    private static async Task<string[]> FillSegmentsAsync(TempFolder folder)
    {
        using (var log = FileAuditLog.Open(folder.Path, TimeProvider.System, segmentBytesMax: 500))
            for (var i = 0; i < 12; i++)
                await AppendAsync(log, 100);
        var segments = Directory.GetFiles(Path.GetDirectoryName(File1(folder))!, "*.log").Order(StringComparer.Ordinal).ToArray();
        Assert.True(segments.Length >= 3);
        Assert.Equal(AuditSegment.FileName(1), Path.GetFileName(segments[0]));
        return segments;
    }

    [Fact]
    public void Crc32C_gives_the_published_check_value() => Assert.Equal(0xE3069283, Crc32C.Of("123456789"u8));

    [Fact]
    public void A_records_bytes_are_those_of_the_storage_document()
    {
        var record = AuditRecord.Of(2, new NewAuditRecord("T", "A", "x", Source: "7", Changes: [new("a", "S", null, "1")],
            Members: new Fragments([new("m", [(byte)'1'])])), DateTimeOffset.UnixEpoch);
        Assert.Equal(
            "01" + "0000000000000002" + "089F7FF5F7B58000" + "0000" + "089F7FF5F7B58000" + "0000"
            + "0154" + "0141" + "0178" + "010137" + "00" + "00" + "0B494E464F524D4154494F4E"
            + "01" + "0161" + "0153" + "00" + "010131" + "01" + "016D" + "0131",
            Convert.ToHexString(AuditPayload.Write(record)));
    }

    private static string File1(TempFolder folder) => Path.Combine(folder.Path, "audit", "t1", "00000000000000000001.log");

    private static Task<AuditRecord> AppendAsync(FileAuditLog log, int i) =>
        log.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(i), DateTimeOffset.UnixEpoch);

    private static async Task<IReadOnlyList<AuditRecord>> FindAsync(FileAuditLog log) =>
        (await log.FindAsync(AuditLogSuite.Read(Ask.T1), Everything, new PageRequest(1, 1000, true))).Items;
}

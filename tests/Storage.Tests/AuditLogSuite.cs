using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>IAuditLog</c> promises.</summary>
public abstract class AuditLogSuite
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly AuditQuery Everything = new(null, null, null, null, null, null, false);

    internal abstract IStorageKit Open();

    [Fact]
    public async Task A_record_reads_back_as_it_was_answered_after_a_restart()
    {
        using var kit = Open();
        var fresh = new NewAuditRecord("User", "login", "text \u00e4", Start.AddHours(-1).ToOffset(TimeSpan.FromHours(-3)), "12", "ann", "app", "MAJOR",
            [new("a", "T", null, "2"), new("b", "T", "1", null)], new Fragments([new("x", Encoding.UTF8.GetBytes("[ 1 ]"))]));
        var answered = await kit.Audit.AppendAsync(Write(Ask.T1), fresh, Start);
        var bare = await kit.Audit.AppendAsync(Write(Ask.T1), new("t", "a", "x"), Start.AddSeconds(1));
        kit.Reopen();
        AssertSame(answered, await kit.Audit.ReadAsync(Read(Ask.T1), 1));
        AssertSame(bare, await kit.Audit.ReadAsync(Read(Ask.T1), 2));
        Assert.Equal((Start.AddSeconds(1), AuditRecord.SeverityDefault, null), (bare.Time, bare.Severity, bare.Source));
        Assert.Equal(TimeSpan.FromHours(-3), answered.Time.Offset);
        Assert.Null(await kit.Audit.ReadAsync(Read(Ask.T1), 3));
        Assert.Null(await kit.Audit.ReadAsync(Read(Ask.T1), 0));
        Assert.Null(await kit.Audit.ReadAsync(Read(Ask.T10), 1));
    }

    [Fact]
    public async Task Numbers_run_from_one_without_a_gap_whoever_appends_at_once()
    {
        using var kit = Open();
        for (var start = 0; start < 3; start++)
        {
            var records = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => kit.Audit.AppendAsync(Write(i % 2 == 0 ? Ask.T1 : Ask.T10), Some(i), Start)));
            var numbers = records.Where((_, i) => i % 2 == 0).Select(r => r.Id).ToList();
            Assert.Equal(Enumerable.Range(1 + 100 * start, 100).Select(i => (long)i), numbers);
            kit.Reopen();
        }
        Assert.Equal(300, (await kit.Audit.FindAsync(Read(Ask.T1), Everything, new(1, 1, true))).Total);
        Assert.Equal(300, (await kit.Audit.FindAsync(Read(Ask.T10), Everything, new(1, 1, true))).Total);
    }

    [Fact]
    public Task Pages_and_totals_agree_with_a_plain_list() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var fresh = Enumerable.Range(0, 900).Select(_ => Some(random.Next(1000), Start.AddMinutes(random.Next(-300, 300)))).ToList();
        var model = (await Task.WhenAll(fresh.Select(r => kit.Audit.AppendAsync(Write(Ask.T1), r, Start)))).ToList();
        if (random.Next(2) == 0) kit.Reopen();
        for (var i = 0; i < 150; i++)
        {
            var query = RandomQuery(random);
            var expected = model.Where(r => Matches(r, query)).OrderBy(r => query.OldestFirst ? r.Id : -r.Id).ToList();
            var page = new PageRequest(random.Next(1, 8), random.Next(1, 150), random.Next(2) == 0);
            var found = await kit.Audit.FindAsync(Read(Ask.T1), query, page);
            Assert.Equal(expected.Skip((int)page.Skip).Take(page.Size).Select(r => r.Id), found.Items.Select(r => r.Id));
            Assert.Equal(expected.Count > page.Skip + page.Size, found.HasMore);
            Assert.Equal(page.WithTotal ? expected.Count : null, found.Total);
        }
        foreach (var record in model.Where(_ => random.Next(10) == 0)) AssertSame(record, await kit.Audit.ReadAsync(Read(Ask.T1), record.Id));
    });

    [Fact]
    public async Task A_record_larger_than_the_log_takes_is_refused_and_leaves_no_gap()
    {
        using var kit = Open();
        await kit.Audit.AppendAsync(Write(Ask.T1), Some(1), Start);
        var huge = new NewAuditRecord("t", "a", new string('x', Limits.AuditFrameBytesMax + 1));
        var refusal = await Assert.ThrowsAsync<Refusal>(() => kit.Audit.AppendAsync(Write(Ask.T1), huge, Start));
        Assert.Equal(RefusalKind.TooLarge, refusal.Kind);
        Assert.Equal(2, (await kit.Audit.AppendAsync(Write(Ask.T1), Some(2), Start)).Id);
        var large = await kit.Audit.AppendAsync(Write(Ask.T1), huge with { Text = new string('y', 3 << 20) }, Start);
        Assert.Equal(3 << 20, (await kit.Audit.ReadAsync(Read(Ask.T1), large.Id))!.Text.Length);
    }

    internal static void AssertSame(AuditRecord expected, AuditRecord? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected with { Changes = [], Members = Fragments.None }, actual with { Changes = [], Members = Fragments.None });
        Assert.Equal(expected.Changes, actual.Changes);
        Assert.Equal(expected.Members.Items.Select(m => (m.Name, Encoding.UTF8.GetString(m.Json))), actual.Members.Items.Select(m => (m.Name, Encoding.UTF8.GetString(m.Json))));
    }

    internal static NewAuditRecord Some(int i, DateTimeOffset? time = null) =>
        new("type" + i % 3, "activity", new string('x', i), time, "source" + i % 5, "user" + i % 4, i % 2 == 0 ? null : "app");

    internal static Grains.Access.WritePermit Write(TenantId tenant) => Ask.Write(tenant, 0, Permission.AuditAdmin);

    internal static Grains.Access.ReadPermit Read(TenantId tenant) => Ask.Read(tenant, 0, Permission.AuditRead);

    private static AuditQuery RandomQuery(Random random) => new(
        random.Next(3) == 0 ? "type" + random.Next(3) : null, random.Next(4) == 0 ? "user" + random.Next(4) : null,
        random.Next(5) == 0 ? "app" : null, random.Next(5) == 0 ? "source" + random.Next(5) : null,
        random.Next(3) == 0 ? Start.AddMinutes(random.Next(-300, 300)) : null, random.Next(3) == 0 ? Start.AddMinutes(random.Next(-300, 300)) : null, random.Next(2) == 0);

    private static bool Matches(AuditRecord r, AuditQuery q) =>
        (q.Type is null || q.Type == r.Type) && (q.User is null || q.User == r.User) && (q.Application is null || q.Application == r.Application)
        && (q.Source is null || q.Source == r.Source) && (q.From is null || r.Time >= q.From) && (q.To is null || r.Time <= q.To);
}

using System.Diagnostics;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Benchmarks;

/// <summary>What one decision takes: a user with roles on many objects, and an object that hangs below others.</summary>
internal sealed class DecisionTimes
{
    public const int Roles = 20;
    public const int Levels = 5;
    private const int Decisions = 2_000_000;

    private static readonly TenantId Tenant = new("t1");
    private static readonly ObjectId Device = new(1_000);
    private static readonly string[] Whole = [Grant.AnyType];

    private readonly (string Title, Caller Caller, bool Allowed)[] _cases =
    [
        ("a role on the highest of them", Reader(On(0, Whole)), true),
        ("no role above it", Reader(), false),
        ("roles on two of them, each of half its fragments", Reader(On(0, "c8y_Hardware", "c8y_IsDevice"), On(Levels - 1, "installed")), true),
    ];

    private readonly Resource _device = new(Tenant, Device, "admin", false, new Document());

    /// <summary>Nanoseconds of a decision in each case, one after the other.</summary>
    public IEnumerable<(string Title, double Nanoseconds)> Round()
    {
        foreach (var (title, caller, allowed) in _cases)
        {
            var allowances = 0;
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Decisions; i++)
                if (Policy.Decide(caller, _device, Permission.InventoryRead).Allowed)
                    allowances++;
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (allowances != (allowed ? Decisions : 0)) throw new BenchmarkException($"Of {Decisions} decisions over {title} {allowances} said yes.");
            yield return (title, elapsed.TotalNanoseconds / Decisions);
        }
    }

    // What stands above the device has the numbers 100 to 104 from the top; roles elsewhere fill the rest.
    private static Caller Reader(params ObjectGrants[] above)
    {
        var grants = above.Concat(Enumerable.Range(0, Roles - above.Length).Select(index => new ObjectGrants(new(500 + index), All(Whole))));
        var ancestry = new Ancestry(Device, [Device, .. Enumerable.Range(0, Levels).Select(level => new ObjectId(100 + Levels - 1 - level))]);
        return new Caller(new UserId(Tenant, "reader"), SignInMethod.Basic, 0, "").Attested(new Rights(AuthoritySet.Empty) { Objects = new ObjectRights(grants, []) }, ancestry);
    }

    private static ObjectGrants On(int level, params string[] types) => new(new(100 + level), All(types));

    private static List<Grant> All(string[] types) =>
        [.. types.SelectMany(type => (Grant[])[new(GrantScope.ManagedObject, GrantLevel.Read, type), new(GrantScope.Measurement, GrantLevel.Any, type), new(GrantScope.Alarm, GrantLevel.Read, type)])];

    private sealed class Document : IFragmentNames
    {
        private static readonly string[] Names = ["c8y_IsDevice", "c8y_Hardware", "installed"];

        public bool AreAllIn(Coverage covered)
        {
            foreach (var name in Names)
                if (!covered.Has(name))
                    return false;
            return true;
        }
    }
}

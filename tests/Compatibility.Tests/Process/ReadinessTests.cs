using Bailiwick.Silo.Health;

namespace Bailiwick.Compatibility.Tests;

/// <summary>What parts report, and what the probes make of it.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public void A_part_that_fails_is_named_until_it_recovers()
    {
        var readiness = new Readiness();
        readiness.Failed("store", "the disk is full");
        readiness.Failed("audit", "cannot be written");
        readiness.Failed("store", "cannot be written");

        Assert.Equal(["audit: cannot be written", "store: cannot be written"], readiness.Faults);
        Assert.Empty(readiness.Deaths);

        readiness.Recovered("store");
        readiness.Recovered("audit");
        Assert.Empty(readiness.Faults);
    }

    [Fact]
    public void A_part_that_died_stays_dead()
    {
        var readiness = new Readiness();
        readiness.Died("store", "its writer has stopped");
        readiness.Recovered("store");
        readiness.Failed("store", "the disk is full");

        Assert.Equal(["store: its writer has stopped"], readiness.Deaths);
        Assert.Equal(["store: its writer has stopped"], readiness.Faults);
    }
}
